package steps

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// requestTimeout bounds one request; a scenario never hangs on a platform that accepts and does not answer.
const requestTimeout = 20 * time.Second

// request is what a scenario sends. Body is JSON text, or empty for none.
type request struct {
	method string
	path   string // below the base URL, with the query
	body   string
	token  string
	key    string // Idempotency-Key; empty for none

	headers map[string]string // besides those above and those of the step's trace, which they replace
}

// exchange is a request and its answer.
type exchange struct {
	request
	status int
	header http.Header
	answer []byte
	trace  string // the id of the trace it belongs to
	caller string // the id of the span that the request said it came from; empty: it did not say
}

// client sends requests to one world, each in the trace of the step that sends it.
type client struct {
	base string
	http *http.Client
}

func newClient(base string) *client {
	return &client{base: base, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: requestTimeout}}
}

// close gives the connections back, so that a platform's shutdown need not wait for them.
func (c *client) close() { c.http.CloseIdleConnections() }

// do sends the request. Where the platform limits the rate of its clients, as deployed ones do, it waits as it is told
// to: scenarios ask more often than people.
func (c *client) do(ctx context.Context, r request) (*exchange, error) {
	for {
		e, err := c.send(ctx, r)
		if err != nil || e.status != http.StatusTooManyRequests {
			return e, err
		}
		seconds, err := strconv.Atoi(e.header.Get("Retry-After"))
		if err != nil {
			return nil, e.unlike("the answer should say in seconds when to retry")
		}
		select {
		case <-ctx.Done():
			return nil, e.unlike("the platform should let the client in: %v", ctx.Err())
		case <-time.After(time.Duration(seconds) * time.Second):
		}
	}
}

func (c *client) send(ctx context.Context, r request) (*exchange, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"Accept":          "application/json",
		"Authorization":   prefixed("Bearer ", r.token),
		"Content-Type":    contentType(r),
		"Idempotency-Key": r.key,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	headers, trace, caller := traceHeaders(ctx)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	for name, value := range r.headers {
		req.Header.Set(name, value)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err // names the method and the URL
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s %s: %w", r.method, r.path, err)
	}
	e := &exchange{request: r, status: res.StatusCode, header: res.Header, answer: answer, caller: caller}
	e.trace = cmp.Or(e.header.Get("Trace-Id"), e.problem().TraceID, trace)
	return e, nil
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func contentType(r request) string {
	if r.body == "" {
		return ""
	}
	return "application/json"
}

// decode fills out with the answer's JSON.
func (e *exchange) decode(out any) error {
	if err := json.Unmarshal(e.answer, out); err != nil {
		return e.unlike("the answer is not the expected JSON: %v", err)
	}
	return nil
}

// want fails unless the answer has the status.
func (e *exchange) want(status int) error {
	if e.status != status {
		return e.unlike("the answer should have the status %d", status)
	}
	return nil
}

// unlike returns an error that says what is wrong and shows the whole exchange.
func (e *exchange) unlike(format string, args ...any) error {
	var shown bytes.Buffer
	if json.Indent(&shown, e.answer, "", "  ") != nil {
		shown.Reset()
		shown.Write(e.answer)
	}
	sent := ""
	if e.body != "" {
		sent = "\nsent " + e.body
	}
	return fmt.Errorf("%s\n%s %s%s\nanswered %d\n%s", fmt.Sprintf(format, args...), e.method, e.path, sent, e.status, &shown)
}
