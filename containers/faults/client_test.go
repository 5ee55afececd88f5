package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is longer than any request may take, so that one that hangs is seen and does not end the test by itself.
const patience = 20 * time.Second

// client asks the gateway as the program of a customer does. It is safe for concurrent use.
type client struct {
	base string
	http *http.Client
}

func newClient(base string) *client {
	return &client{base: base, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: patience}}
}

// request is what a client asks. Body is sent as JSON; nil: none.
type request struct {
	method, path, token, key string
	body                     any
}

// answer is what came of it.
type answer struct {
	status  int // 0: the gateway itself did not answer
	kind    string
	body    []byte
	asked   time.Time
	took    time.Duration
	problem string // the code of the problem; empty where it is none
}

func (c *client) ask(ctx context.Context, r request) answer {
	a := answer{asked: time.Now()}
	a.status, a.kind, a.body = c.exchange(ctx, r)
	a.took = time.Since(a.asked)
	if a.kind == "application/problem+json" {
		var p struct{ Code string }
		_ = json.Unmarshal(a.body, &p) // its code is empty then
		a.problem = p.Code
	}
	return a
}

func (c *client) exchange(ctx context.Context, r request) (status int, kind string, body []byte) {
	var sent []byte
	if r.body != nil {
		sent, _ = json.Marshal(r.body) // maps of strings and numbers
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, bytes.NewReader(sent))
	if err != nil {
		return 0, "", []byte(err.Error())
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, "", []byte(err.Error())
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		return 0, "", []byte(err.Error())
	}
	return res.StatusCode, res.Header.Get("Content-Type"), body
}

// must asks, requires the status and decodes the answer into out, unless that is nil.
func (c *client) must(t *testing.T, r request, status int, out any) {
	t.Helper()
	a := c.ask(t.Context(), r)
	require.Equal(t, status, a.status, "%s %s: %s", r.method, r.path, a.body)
	if out != nil {
		require.NoError(t, json.Unmarshal(a.body, out))
	}
}

// list returns all items of a list, page by page.
func list[Item any](t *testing.T, c *client, path, token string) (all []Item) {
	t.Helper()
	for next := ""; ; {
		var page struct {
			Items      []Item
			NextCursor string `json:"next_cursor"`
		}
		c.must(t, request{method: http.MethodGet, path: path + next, token: token}, http.StatusOK, &page)
		all = append(all, page.Items...)
		if page.NextCursor == "" {
			return all
		}
		next = "&cursor=" + page.NextCursor
	}
}
