package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
)

// savePage keeps the platform's page of 100 events, for the denominator that encodes the same page, and returns its
// entity tag.
func (b *bench) savePage(ctx context.Context, p *child) (etag string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+"/api/v1/events?limit=100", http.NoBody)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if etag = res.Header.Get("ETag"); etag == "" || res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET /events answered %s, entity tag %q", res.Status, etag)
	}
	return etag, os.WriteFile(b.page(), body, 0o600)
}
