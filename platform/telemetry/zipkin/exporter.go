package zipkin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// DefaultURL is where a Zipkin on the same machine listens.
const DefaultURL = "http://localhost:9411/api/v2/spans"

// Options of an exporter. The zero value sends plain JSON to DefaultURL.
type Options struct {
	URL     string            // of Zipkin's spans resource, path included; empty: DefaultURL
	Client  *http.Client      // nil: a client of the exporter's own
	Headers map[string]string // added to every request; Host, if there, names the virtual host
	Gzip    bool              // compress request bodies

	Timeout    time.Duration // of one attempt; 0: 10 s. The context of ExportSpans bounds all attempts together
	Attempts   int           // how often a batch is tried; 0: 5, 1: no retries
	Backoff    time.Duration // wait before the second attempt, at most; doubles from one to the next. 0: 500 ms
	MaxBackoff time.Duration // longest wait, Retry-After of an answer included; 0: 10 s

	// Dropped, if set, is called once for every loss, before ExportSpans returns the same error. It may be called by
	// several goroutines at once, if ExportSpans is.
	Dropped func(*DropError)
}

// Reason says why spans were dropped.
type Reason string

// The reasons for dropping spans.
const (
	Invalid     Reason = "invalid"     // Zipkin would refuse them: they begin before 1970 or end before they begin
	Refused     Reason = "refused"     // the server said that trying again is of no use
	Unreachable Reason = "unreachable" // attempts or time ran out
	ShutDown    Reason = "shut-down"   // they came after Shutdown
)

// DropError is the error of an ExportSpans that did not deliver all of its spans.
type DropError struct {
	Spans  int // how many were dropped; the others were delivered
	Reason Reason
	Err    error // the last thing that went wrong
}

// Error implements error.
func (e *DropError) Error() string {
	return fmt.Sprintf("zipkin: %d spans dropped (%s): %v", e.Spans, e.Reason, e.Err)
}

// Unwrap returns what went wrong.
func (e *DropError) Unwrap() error { return e.Err }

// Exporter sends spans to Zipkin. It is an sdktrace.SpanExporter, safe for concurrent use; create it with New.
type Exporter struct {
	options   Options
	ownClient bool
	idle      atomic.Pointer[batch] // the buffers of the last export, for the next: a sync.Pool would lose them to the collector

	ended context.Context // done when Shutdown's deadline has passed
	end   context.CancelFunc

	mu       sync.Mutex // orders the start of exports and Shutdown
	stopped  bool
	inFlight sync.WaitGroup
}

var _ sdktrace.SpanExporter = (*Exporter)(nil)

// New returns an exporter. It sends nothing yet; it fails on a URL that is not absolute, with http or https for a scheme.
func New(o Options) (*Exporter, error) {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	u, err := url.Parse(o.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, errors.New("zipkin: the URL must be absolute, such as " + DefaultURL) // not the URL: it may hold a password
	}
	ownClient := o.Client == nil
	if ownClient {
		o.Client = &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2, IdleConnTimeout: 90 * time.Second,
		}}
	}
	setDefault(&o.Timeout, 10*time.Second)
	setDefault(&o.Attempts, 5)
	setDefault(&o.Backoff, 500*time.Millisecond)
	setDefault(&o.MaxBackoff, 10*time.Second)
	e := &Exporter{options: o, ownClient: ownClient}
	e.ended, e.end = context.WithCancel(context.Background())
	return e, nil
}

func setDefault[T comparable](to *T, value T) {
	var zero T
	if *to == zero {
		*to = value
	}
}

// ExportSpans delivers spans, trying again where that may help, until ctx ends. Its error is a *DropError.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	if !e.enter() {
		return e.drop(len(spans), ShutDown, errors.New("the exporter is shut down"))
	}
	defer e.inFlight.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.ended, cancel)()

	b := e.idle.Swap(nil)
	if b == nil {
		b = newBatch()
	}
	defer e.recycle(b)
	invalid, why := b.encode(spans)
	if invalid < len(spans) {
		if reason, err := e.send(ctx, b.body(e.options.Gzip)); err != nil {
			return e.drop(len(spans), reason, err)
		}
	}
	if invalid > 0 {
		return e.drop(invalid, Invalid, why)
	}
	return nil
}

// Shutdown waits until the exports that run have ended, or cuts them off where ctx ends first; then its error is ctx's.
// Spans that come later are dropped.
func (e *Exporter) Shutdown(ctx context.Context) error {
	e.mu.Lock()
	e.stopped = true
	e.mu.Unlock()
	idle := make(chan struct{})
	go func() { // ends with the last export, soon after e.end at the latest
		e.inFlight.Wait()
		close(idle)
	}()
	if e.ownClient {
		defer e.options.Client.CloseIdleConnections()
	}
	defer e.end()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// MarshalLog tells the SDK's own log what this is, without headers, which may hold secrets.
func (e *Exporter) MarshalLog() any { return struct{ Type string }{"zipkin"} }

func (e *Exporter) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.stopped {
		e.inFlight.Add(1)
	}
	return !e.stopped
}

func (e *Exporter) drop(spans int, reason Reason, err error) error {
	dropped := &DropError{Spans: spans, Reason: reason, Err: err}
	if e.options.Dropped != nil {
		e.options.Dropped(dropped)
	}
	return dropped
}

// recycle keeps a batch's buffers for the next export, unless a transport has not let go of them yet.
func (e *Exporter) recycle(b *batch) {
	if b.payload.released() {
		e.idle.Store(b)
	}
}
