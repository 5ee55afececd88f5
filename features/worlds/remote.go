package worlds

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// remote is a deployed platform that others use at the same time.
type remote struct {
	gateway  string
	operator Account
}

// Remote returns the source of a deployed platform at the base URL, such as https://staging.example.org. The operator
// is an account of that platform; without one only scenarios that need no organizer can run.
func Remote(base string, operator Account) (Source, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("the remote world needs a URL such as https://staging.example.org, not %q", base)
	}
	world := remote{gateway: strings.TrimRight(base, "/"), operator: operator}
	return func(context.Context) (World, error) { return world, nil }, nil
}

func (r remote) Gateway() string             { return r.gateway }
func (r remote) Operator() Account           { return r.operator }
func (r remote) Close(context.Context) error { return nil }
