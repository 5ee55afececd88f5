package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/myevents/myevents/bench/load"
)

// savePage keeps the platform's page of 100 events, for the denominator that encodes the same page, and returns its
// entity tag, once the page has settled: the seats of the events' first bookings arrive a moment later.
func (b *bench) savePage(ctx context.Context, p *child) (etag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for settled := 0; settled < 20; load.Pause(ctx, 100*time.Millisecond) {
		tag, body, err := b.fetchPage(ctx, p.addr)
		if err != nil {
			return "", err
		}
		if settled++; tag != etag {
			settled = 0
		}
		etag = tag
		if err := os.WriteFile(b.page(), body, 0o600); err != nil {
			return "", err
		}
	}
	return etag, nil
}

func (b *bench) fetchPage(ctx context.Context, addr string) (etag string, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/api/v1/events?limit=100", http.NoBody)
	if err != nil {
		return "", nil, err
	}
	res, err := b.client.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if body, err = io.ReadAll(res.Body); err != nil {
		return "", nil, err
	}
	if etag = res.Header.Get("ETag"); etag == "" || res.StatusCode != http.StatusOK {
		return "", nil, fmt.Errorf("GET /events answered %s, entity tag %q", res.Status, etag)
	}
	return etag, body, nil
}

func readJSON(path string, into any) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
