package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/myevents/myevents/platform/fault"
)

const (
	dependency = "search index" // in words for people

	dialTimeout = time.Second
	idleTimeout = time.Minute // of a connection
	idleKept    = 32          // connections
)

// address is what a URL names.
type address struct {
	server string // scheme, host and port
	user   *url.Userinfo
	index  string
}

const form = "http[s]://[user:password@]host[:port]/INDEX, with user and password percent-encoded and the index in lower case"

// indexName leaves out the few other characters that Elasticsearch allows, and that a URL would have to escape.
func indexName() *regexp.Regexp { return regexp.MustCompile(`^/[a-z0-9][a-z0-9._-]*$`) }

// parse checks the URL. Its errors hold neither the URL nor a part of it that could be a password.
func parse(raw string) (address, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", !indexName().MatchString(u.Path), u.Fragment != "":
		return address{}, fmt.Errorf("the URL must be %s", form)
	case u.RawQuery != "":
		return address{}, errors.New("the URL has parameters, and none is known")
	}
	return address{server: u.Scheme + "://" + u.Host, user: u.User, index: u.Path[1:]}, nil
}

// client calls one server, or what spreads calls over several.
type client struct {
	address address
	http    *http.Client
}

func newClient(a address) *client {
	return &client{address: a, http: &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout:     idleTimeout,
		MaxIdleConns:        idleKept,
		MaxIdleConnsPerHost: idleKept,
	}}}
}

// call is a request of the REST API.
type call struct {
	method, path string // with the query
	contentType  string // of the body; empty: JSON
	body         []byte
	timeout      time.Duration
	repeatable   bool // twice is as good as once, though it is a POST
}

// do makes the call and decodes its answer, unless that is nil. It fails with an Unavailable fault where the server is
// away or overloaded, and with a *refusal where it does not do what it was asked for.
func (c *client) do(caller context.Context, what call, answer any) error {
	ctx, cancel := context.WithTimeout(caller, what.timeout)
	defer cancel()
	request, err := c.newRequest(ctx, what)
	if err != nil {
		return err
	}
	status, body, err := c.send(request)
	switch {
	case err == nil:
	case errors.Is(caller.Err(), context.Canceled):
		return context.Cause(caller)
	default:
		return fault.Away(dependency, err)
	}
	if status >= http.StatusBadRequest {
		return refused(status, body)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("read answer of Elasticsearch: %w", err)
	}
	return nil
}

func (c *client) newRequest(ctx context.Context, what call) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, what.method, c.address.server+what.path, bytes.NewReader(what.body))
	if err != nil {
		return nil, err
	}
	if what.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if what.contentType != "" {
		request.Header.Set("Content-Type", what.contentType)
	}
	if what.repeatable {
		// Tells the transport, and not the server, that it may send the request again on another connection where the
		// server has closed this one in the meantime.
		request.Header["Idempotency-Key"] = nil
	}
	if c.address.user != nil {
		password, _ := c.address.user.Password()
		request.SetBasicAuth(c.address.user.Username(), password)
	}
	return request, nil
}

func (c *client) send(request *http.Request) (status int, body []byte, err error) {
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// refusal is an answer of Elasticsearch that says no.
type refusal struct {
	status       int
	kind, reason string // as Elasticsearch has them
}

// cause is a refusal as JSON.
type cause struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
}

// refused returns the error for an answer.
func refused(status int, body []byte) error {
	var said struct {
		Error cause `json:"error"`
	}
	_ = json.Unmarshal(body, &said) // what stands in between may answer in its own words, and HEAD has no body
	err := &refusal{status: status, kind: said.Error.Type, reason: said.Error.Reason}
	if err.passes() {
		return fault.Away(dependency, err)
	}
	return err
}

// Error returns the status, and what Elasticsearch says about it.
func (r *refusal) Error() string {
	text := fmt.Sprintf("Elasticsearch answered %d", r.status)
	if r.kind != "" {
		text += ": " + r.kind + ": " + r.reason
	}
	return text
}

// passes reports whether another attempt may succeed.
func (r *refusal) passes() bool {
	switch r.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

func isRefusal(err error, status int) bool {
	refused, ok := errors.AsType[*refusal](err)
	return ok && refused.status == status
}
