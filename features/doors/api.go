package doors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	apiTimeout   = 20 * time.Second
	shownOfError = 300 // bytes of an answer that an error shows
)

// errNotFound is the answer 404.
var errNotFound = errors.New("answered 404 Not Found")

// api is a server that answers in JSON.
type api struct {
	base   string
	client *http.Client
}

func newAPI(base string) *api {
	return &api{base: strings.TrimRight(base, "/"), client: &http.Client{Transport: &http.Transport{}, Timeout: apiTimeout}}
}

// Close gives the connections back.
func (a *api) Close() { a.client.CloseIdleConnections() }

func (a *api) get(ctx context.Context, path string, out any) error {
	return a.do(ctx, http.MethodGet, path, nil, out)
}

func (a *api) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return a.do(ctx, http.MethodPost, path, body, out)
}

func (a *api) do(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := read(res, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, req.URL.Redacted(), err)
	}
	return nil
}

func read(res *http.Response, out any) error {
	answer, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode == http.StatusNotFound:
		return errNotFound
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("answered %s: %s", res.Status, answer[:min(len(answer), shownOfError)])
	default:
		return json.Unmarshal(answer, out)
	}
}
