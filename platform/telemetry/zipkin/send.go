package zipkin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// send posts the payload until it is taken, refused, or attempts or ctx are at their end. The reason is why it failed.
func (e *Exporter) send(ctx context.Context, p *payload) (Reason, error) {
	wait := e.options.Backoff
	for attempt := 1; ; attempt++ {
		pause, err := e.post(ctx, p)
		switch {
		case err == nil:
			return "", nil
		case errors.Is(err, errRefused):
			return Refused, err
		case attempt >= e.options.Attempts:
			return Unreachable, err
		}
		pause = min(max(pause, jitter(wait)), e.options.MaxBackoff)
		if late := sleep(ctx, pause); late != nil {
			return Unreachable, fmt.Errorf("%w; then %w", err, late)
		}
		wait = min(2*wait, e.options.MaxBackoff)
	}
}

// jitter keeps many processes from coming back at the same moment.
func jitter(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

// sleep fails where ctx ends first, and does so at once where ctx's deadline tells: nobody is helped by waiting for that.
func sleep(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return context.DeadlineExceeded
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errRefused marks an answer after which another attempt is of no use.
var errRefused = errors.New("refused")

// post makes one attempt. Where it fails, pause is how long the server wants to be left alone; 0 if it does not say.
func (e *Exporter) post(ctx context.Context, p *payload) (pause time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.options.Timeout)
	defer cancel()
	req, err := e.request(ctx, p)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errRefused, err)
	}
	res, err := e.options.Client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	// Read to its end, within reason, or the connection cannot be used again.
	said, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if res.StatusCode/100 == 2 {
		return 0, nil
	}
	return verdict(res, said)
}

// verdict says what a status that is no success means: 429 and 5xx pass, everything else stays.
func verdict(res *http.Response, said []byte) (pause time.Duration, err error) {
	text := strings.TrimSpace(string(said[:min(len(said), 200)]))
	err = fmt.Errorf("status %d: %q", res.StatusCode, text)
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode < http.StatusInternalServerError {
		return 0, fmt.Errorf("%w: %w", errRefused, err)
	}
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After")) // a date, which is rare, counts as none
	return time.Duration(max(seconds, 0)) * time.Second, err
}

func (e *Exporter) request(ctx context.Context, p *payload) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.options.URL, p.reader())
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(len(p.bytes))
	req.GetBody = func() (io.ReadCloser, error) { return p.reader(), nil } // for redirects and lost connections
	req.Header.Set("Content-Type", "application/json")
	if e.options.Gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	for name, value := range e.options.Headers {
		if strings.EqualFold(name, "Host") {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	return req, nil
}
