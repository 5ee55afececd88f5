// Package faultinjection makes a platform fail on purpose, so that drills can prove what its operators would see.
//
// Faults are feature flags in a file of flagd's format, evaluated by OpenFeature. A process that is given no such file has
// no Faults at all, and then nothing is wrapped: none of this stands in the way of a request, a message or a store.
//
//	{"flags": {"http-errors": {
//	  "state": "ENABLED", "defaultVariant": "off", "variants": {"off": 0, "some": 0.05},
//	  "targeting": {"if": [{"==": [{"var": "service"}, "booking"]}, "some"]}
//	}}}
//
// The file is read again when it changes: faults begin and end while the process runs.
package faultinjection

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/open-feature/go-sdk/openfeature"
	"github.com/open-feature/go-sdk/openfeature/isolated"
	"github.com/open-feature/go-sdk/openfeature/memprovider"
)

// The faults there are: keys of flags, and values of the label "fault".
const (
	StoreLatency   = "store-latency"   // seconds by which every operation of the store takes longer
	StoreErrors    = "store-errors"    // share of the store's operations that fail, from 0 to 1
	HTTPErrors     = "http-errors"     // share of the requests that are answered with 500, from 0 to 1, whatever was done
	MessageLatency = "message-latency" // seconds by which it takes longer to process what has come of a topic
	PoisonMessage  = "poison-message"  // type of the messages that the service cannot process, such as booking.confirmed
	RelayStuck     = "relay-stuck"     // true: nothing gets out of the outbox
	MemoryLeak     = "memory-leak"     // bytes a second that are never given back, until the fault ends
	ClockSkew      = "clock-skew"      // seconds by which the service's clock is ahead
)

// checkInterval is how long a change of the file may go unnoticed.
const checkInterval = 100 * time.Millisecond

// Faults are those of one process, as its file has them. Create them with Open. It is a lifecycle.Part: between Start and
// Stop it watches the file and leaks memory where a flag says so.
type Faults struct {
	file string
	api  *openfeature.EvaluationAPI // this process's own: OpenFeature's global one would be shared by all apps of a test
	read fileState

	mu       sync.Mutex
	services map[string]*Service // by name

	stop    context.CancelFunc // nil until Start
	running sync.WaitGroup
}

// Open reads the file. It fails where that is no document of flags, and where a flag is none of the faults.
func Open(ctx context.Context, file string) (*Faults, error) {
	f := &Faults{file: file, api: isolated.NewAPI(), services: map[string]*Service{}}
	if err := f.load(ctx); err != nil {
		return nil, err
	}
	return f, nil
}

// load evaluates the file anew, for every service.
func (f *Faults) load(ctx context.Context) error {
	state, flags, err := readFlags(f.file)
	if err != nil {
		return err
	}
	provider := memprovider.NewInMemoryProvider(flags)
	if err := f.api.SetProviderAndWait(ctx, &provider); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read = state
	for name, s := range f.services {
		s.set(f.evaluate(ctx, name))
	}
	return nil
}

// Service returns the faults of a service, none of which begins before Service.Begin. A service that is wired anew asks again.
func (f *Faults) Service(name string) *Service { return newService(f, name) }

// begin lets the flags decide from now on.
func (f *Faults) begin(ctx context.Context, s *Service) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.set(f.evaluate(ctx, s.name))
	f.services[s.name] = s
}

// evaluate asks for every flag. One that is missing, disabled or of another type is off.
func (f *Faults) evaluate(ctx context.Context, service string) values {
	client := f.api.NewClient()
	about := openfeature.NewTargetlessEvaluationContext(map[string]any{"service": service})
	seconds := func(flag string) time.Duration {
		return time.Duration(client.Float(ctx, flag, 0, about) * float64(time.Second))
	}
	return values{
		storeLatency:   seconds(StoreLatency),
		storeErrors:    client.Float(ctx, StoreErrors, 0, about),
		httpErrors:     client.Float(ctx, HTTPErrors, 0, about),
		messageLatency: seconds(MessageLatency),
		poisonMessage:  client.String(ctx, PoisonMessage, "", about),
		relayStuck:     client.Boolean(ctx, RelayStuck, false, about),
		memoryLeak:     client.Float(ctx, MemoryLeak, 0, about),
		clockSkew:      seconds(ClockSkew),
	}
}

// Start begins to watch the file.
func (f *Faults) Start(context.Context) error {
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	f.running.Go(func() { f.watch(ctx) })
	return nil
}

// Stop ends the watching. The faults stay as they are.
func (f *Faults) Stop(ctx context.Context) error {
	if f.stop != nil {
		f.stop()
	}
	f.running.Wait()
	return f.api.Shutdown(ctx)
}

func (f *Faults) watch(ctx context.Context) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			f.check(ctx)
		}
	}
}

// check reads the file again if it has changed. One that cannot be read changes nothing: it may be half written.
func (f *Faults) check(ctx context.Context) {
	if state, err := stateOf(f.file); err == nil && state != f.read {
		if err := f.load(ctx); err != nil && !errors.Is(err, context.Canceled) {
			f.read = state // said once
			f.each(func(s *Service) { s.unreadable(err) })
		}
	}
	f.each(func(s *Service) { s.leak(checkInterval) })
}

func (f *Faults) each(do func(*Service)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.services {
		do(s)
	}
}
