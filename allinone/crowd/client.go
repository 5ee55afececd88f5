package crowd

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	callTimeout = 10 * time.Second // of one request, the answer's body included
	maxAnswer   = 4 << 20          // bytes; a page of 100 events has a tenth of it

	attempts = 3                      // of a request that gets no clear answer
	patience = 300 * time.Millisecond // before the second; before each further one as much more
)

// client sends requests to the public API and counts the answers.
type client struct {
	base  string
	http  *http.Client
	tally *tally
}

func newClient(base string, connections int, t *tally) *client {
	return &client{base: base + "/api/v1", tally: t, http: &http.Client{
		Timeout:   callTimeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: connections, ForceAttemptHTTP2: true},
	}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// request is one request. Its zero values are GET, nobody in particular, and what is not sent.
type request struct {
	method string
	path   string // below /api/v1
	token  string
	key    string // idempotency key
	etag   string // of what the sender has already
	body   any    // JSON; a string goes as it is
	due    time.Time
}

// route names what was asked, without ids and query, such as "POST /events/{id}/bookings".
func (r request) route() string {
	path, _, _ := strings.Cut(r.path, "?")
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if len(s) == len("00000000-0000-4000-8000-000000000000") {
			segments[i] = "{id}"
		}
	}
	return cmp.Or(r.method, http.MethodGet) + " " + strings.Join(segments, "/")
}

// answer is what came back; its status is 0 where nothing did.
type answer struct {
	status int
	etag   string
	body   []byte
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// unclear reports whether the platform may have done what it was asked, or may not.
func (a answer) unclear() bool { return a.status == 0 || a.status >= http.StatusInternalServerError }

// decode fills `into` and reports whether the answer was one that has it.
func (a answer) decode(into any) bool { return a.ok() && json.Unmarshal(a.body, into) == nil }

// send sends a request and counts its answer, as an error where its status is none of those expected. Latency counts from
// when the request was due, so that a platform that falls behind cannot hide it.
func (c *client) send(ctx context.Context, r request, expected ...int) answer {
	since := r.due
	if since.IsZero() {
		since = time.Now()
	}
	a, err := c.exchange(ctx, r)
	switch {
	case err == nil:
		c.tally.answered(r, a.status, time.Since(since), slices.Contains(expected, a.status))
	case ctx.Err() == nil: // otherwise we broke it off
		c.tally.failed(r, reason(err), time.Since(since))
	}
	return a
}

// need sends a request that everything after it depends on, again where the platform has no time for it, and decodes the
// answer into `into` unless that is nil.
func (c *client) need(ctx context.Context, r request, into any) error {
	a, err := c.exchange(ctx, r)
	for n := 1; n < attempts && a.unclear() && pause(ctx, time.Duration(n)*patience); n++ {
		a, err = c.exchange(ctx, r)
	}
	if err != nil {
		return fmt.Errorf("reach %s (is the platform running?): %w", c.base, err)
	}
	if !a.ok() {
		return &refusal{request: r.route(), status: a.status}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return fmt.Errorf("decode the answer to %s: %w", r.route(), err)
	}
	return nil
}

// refusal says that a needed request was refused.
type refusal struct {
	request string
	status  int
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s answered %d %s", r.request, r.status, http.StatusText(r.status))
}

func refused(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}

func (c *client) exchange(ctx context.Context, r request) (answer, error) {
	req, err := c.encode(ctx, r)
	if err != nil {
		return answer{}, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	return answer{status: res.StatusCode, etag: res.Header.Get("ETag"), body: body}, nil
}

func (c *client) encode(ctx context.Context, r request) (*http.Request, error) {
	body, isText := r.body.(string)
	if !isText && r.body != nil {
		encoded, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = string(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "myevents-load")
	req.Header.Set("Traceparent", newTraceparent())
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range map[string]string{"Idempotency-Key": r.key, "If-None-Match": r.etag} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	return req, nil
}

// newTraceparent begins a sampled trace: all that the crowd does can be looked at. Its ids do not follow from the seed: two
// runs must not share traces.
func newTraceparent() string {
	return fmt.Sprintf("00-%016x%016x-%016x-01", rand.Uint64()|1, rand.Uint64(), rand.Uint64()|1)
}

// reason names why there was no answer, in a word.
func reason(err error) string {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	default:
		return "unreachable"
	}
}

// page is one page of a list.
type page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor"`
}

func escaped(words string) string { return url.QueryEscape(words) }
