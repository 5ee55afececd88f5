package dynamodb

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// address is what a store's URL says.
type address struct {
	region   string
	prefix   string // of the tables' names
	endpoint string // empty: Amazon's
}

func parse(raw string) (address, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "dynamodb" || u.Host == "" || u.User != nil { // it may have a secret in it: not shown
		return address{}, errors.New("the URL must be dynamodb://REGION/TABLE_PREFIX[?endpoint=http://HOST:PORT]")
	}
	a := address{region: u.Host, prefix: strings.TrimPrefix(u.Path, "/")}
	// The names have at most 255 characters; the service's name and the kind of table follow the prefix.
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]{1,200}$`).MatchString(a.prefix) {
		return address{}, errors.New("the URL's path must be a prefix for names of tables: letters, digits and _ . -")
	}
	for name, values := range u.Query() {
		if name != "endpoint" {
			return address{}, fmt.Errorf("unknown parameter %s: known is endpoint", name)
		}
		a.endpoint = values[0]
	}
	return a, a.checkEndpoint()
}

func (a address) checkEndpoint() error {
	if a.endpoint == "" {
		return nil
	}
	u, err := url.Parse(a.endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("the endpoint must be http://HOST:PORT or https://HOST:PORT")
	}
	return nil
}
