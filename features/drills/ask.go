package drills

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// askTimeout is longer than the platform may take to answer.
const askTimeout = 15 * time.Second

// headers of a request, by name; the empty ones are not sent.
type headers map[string]string

// ask sends a request with a JSON body, unless that is nil, and fails on anything but success.
func ask(ctx context.Context, client *http.Client, method, url string, h headers, body any) error {
	return askFor(ctx, client, method, url, h, body, nil)
}

// askFor decodes the answer as well.
func askFor(ctx context.Context, client *http.Client, method, url string, h headers, body, into any) error {
	var sent io.Reader = http.NoBody
	if body != nil {
		document, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(document)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, sent)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range h {
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode >= http.StatusBadRequest:
		return fmt.Errorf("%s %s answered %s: %s", method, url, res.Status, answer)
	case into == nil:
		return nil
	default:
		return json.Unmarshal(answer, into)
	}
}

func getJSON(ctx context.Context, url string, into any) error {
	client := &http.Client{Timeout: askTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	return askFor(ctx, client, http.MethodGet, url, nil, nil, into)
}
