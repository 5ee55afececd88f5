package messaging

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Parameters are what the query of a broker's URL may say: a function a parameter, which takes the value or refuses it.
type Parameters map[string]func(value string) error

// ParseURL parses the URL of a broker, hands its query to the parameters and returns the rest. Errors do not show the
// password.
func ParseURL(raw string, p Parameters) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil { // err repeats the URL, or what it takes for a port and may be half a password
		return nil, errors.New("broker URL cannot be parsed; a / or @ in a password is written as %2F or %40")
	}
	query := u.Query()
	u.RawQuery = "" // errors do not show it: the value of a parameter may be a URL with a password, too
	if u.Host == "" {
		return nil, fmt.Errorf("broker URL %s: host is missing", u.Redacted())
	}
	for key, values := range query {
		set, known := p[key]
		if !known {
			return nil, fmt.Errorf("broker URL %s: parameter %s: unknown; known are %s", u.Redacted(), key,
				strings.Join(slices.Sorted(maps.Keys(p)), ", "))
		}
		if err := set(values[0]); err != nil {
			return nil, fmt.Errorf("broker URL %s: parameter %s: %w", u.Redacted(), key, err)
		}
	}
	return u, nil
}
