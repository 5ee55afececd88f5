// Package seats tells pages how many seats their events have left, for as long as they look.
//
// A page holds a stream of server-sent events open. Behind all streams is one watcher: once a second it asks the event
// service for all events that anybody watches, so that a thousand pages that show one event cost one question. What has not
// changed is told to nobody.
package seats

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// The defaults of the options.
const (
	defaultEvery        = time.Second
	defaultAlive        = 15 * time.Second
	defaultPatience     = 10 * time.Second
	defaultMaxStreams   = 2000
	defaultMaxPerClient = 20 // a browser has six connections to a server, and people behind one address are several
)

// Seats is what is told of an event.
type Seats struct {
	EventID   string `json:"event_id"`
	SeatsLeft int    `json:"seats_left"`
	Status    string `json:"status"`
	Version   int64  `json:"version"` // of the event, which its seats do not count up
}

// Options are what a Feed is made of. Ask, Client and Registerer are needed.
type Options struct {
	// Ask returns the seats of those of the events, 100 at most, that exist.
	Ask func(ctx context.Context, ids []string) ([]Seats, error)
	// Client says who sent a request.
	Client     func(*http.Request) netip.Addr
	Registerer prometheus.Registerer
	// Failed is told of the first of several questions in a row without an answer; nil: nobody is.
	Failed func(ctx context.Context, err error)

	Every        time.Duration // between two questions; 0: a second
	Alive        time.Duration // between two signs of life of a stream; 0: 15 seconds
	Patience     time.Duration // with a page that does not read; 0: 10 seconds
	MaxStreams   int           // 0: 2000
	MaxPerClient int           // streams of one client; 0: 20
}

// Feed is the handler of streams and the watcher behind them. It is a lifecycle.Part.
type Feed struct {
	options Options
	open    prometheus.Gauge // streams
	asked   bool             // whether the last question was answered; the watcher's own

	mu       sync.Mutex
	ending   chan struct{}       // closed when streams have to end; nil before Start
	halt     context.CancelFunc  // ends the watcher
	watched  map[string]*watched // by the event's id
	clients  map[netip.Addr]int  // streams of each
	streams  int
	underway sync.WaitGroup // the watcher and the streams
}

// New returns a feed that Start will start.
func New(o Options) *Feed {
	setDefault(&o.Every, defaultEvery)
	setDefault(&o.Alive, defaultAlive)
	setDefault(&o.Patience, defaultPatience)
	setDefault(&o.MaxStreams, defaultMaxStreams)
	setDefault(&o.MaxPerClient, defaultMaxPerClient)
	if o.Failed == nil {
		o.Failed = func(context.Context, error) {}
	}
	f := &Feed{
		options: o, watched: map[string]*watched{}, clients: map[netip.Addr]int{}, asked: true,
		open: prometheus.NewGauge(prometheus.GaugeOpts{Name: "gateway_seat_streams", Help: "Streams of seats that pages hold open."}),
	}
	o.Registerer.MustRegister(f.open)
	return f
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Start begins to watch. A feed that was stopped can be started again.
func (f *Feed) Start(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ending != nil {
		return nil
	}
	watching, halt := context.WithCancel(notSampled(context.WithoutCancel(ctx)))
	f.ending, f.halt = make(chan struct{}), halt
	f.underway.Go(func() { f.watch(watching) })
	return nil
}

// Stop ends the watcher and all streams. Pages come back by themselves, to whoever answers then.
func (f *Feed) Stop(ctx context.Context) error {
	f.mu.Lock()
	if f.ending == nil {
		f.mu.Unlock()
		return nil
	}
	close(f.ending)
	f.halt()
	f.ending = nil
	f.mu.Unlock()
	done := make(chan struct{})
	go func() {
		f.underway.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// notSampled makes questions part of a trace that nobody keeps: one a second, about nothing that anybody did, would bury those
// that people look for.
func notSampled(ctx context.Context) context.Context {
	var ids trace.SpanContextConfig
	_, _ = rand.Read(ids.TraceID[:]) // never fails
	_, _ = rand.Read(ids.SpanID[:])
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(ids))
}
