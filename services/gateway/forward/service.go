package forward

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// What a service may do to the gateway before it is left alone.
const (
	failuresToOpen = 5               // failures in a row that open the circuit
	openFor        = 1 * time.Second // until one call may try again; also how long a restarted service waits for us
	maxRetries     = 2               // after the first repetition, which comes at once
	firstBackoff   = 50 * time.Millisecond
	lastBackoff    = 200 * time.Millisecond
	backoffJitter  = 0.25
)

// ErrBusy is returned by Do while the service has as many calls under way as it may.
var ErrBusy = errors.New("too many calls under way")

// Options describe a service. All are required but Failed.
type Options struct {
	Name      string            // such as "booking"
	URL       string            // base URL without a path
	Transport http.RoundTripper // how to reach it
	Timeout   time.Duration     // of one call, from its start to the last byte of the answer
	MaxCalls  uint              // under way at a time; more are refused, so that one slow service cannot hold them all
	// Failed is told of calls without an answer, such as for a log line.
	Failed func(ctx context.Context, service string, err error)
}

// Service is an http.Handler that passes requests on to one service.
type Service struct {
	name      string
	base      *url.URL
	transport http.RoundTripper
	timeout   time.Duration
	failed    func(ctx context.Context, service string, err error)
	buffers   *sync.Pool

	// The policies are used directly because failsafe's executor around them costs more than the rest of a hop in one
	// process: 2.4 us and 30 allocations a call against 0.1 us and none. Only repetitions go through an executor.
	circuit  circuitbreaker.CircuitBreaker[any]
	bulkhead bulkhead.Bulkhead[any]
	retry    failsafe.Executor[any]
}

// New returns the service. It fails on a URL that is not an absolute one without a path.
func New(o Options) (*Service, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Scheme == "" || base.Host == "" || (base.Path != "" && base.Path != "/") {
		return nil, fmt.Errorf("%s service: %q is not an absolute URL without a path", o.Name, o.URL)
	}
	if o.Failed == nil {
		o.Failed = func(context.Context, string, error) {}
	}
	return &Service{
		name: o.Name, base: base, transport: o.Transport, timeout: o.Timeout, failed: o.Failed, buffers: newBuffers(),
		circuit:  circuitbreaker.NewBuilder[any]().WithFailureThreshold(failuresToOpen).WithDelay(openFor).Build(),
		bulkhead: bulkhead.New[any](o.MaxCalls),
		retry: failsafe.With(retrypolicy.NewBuilder[any]().
			WithMaxRetries(maxRetries).WithBackoff(firstBackoff, lastBackoff).WithJitterFactor(backoffJitter).
			AbortOnErrors(circuitbreaker.ErrOpen, ErrBusy).ReturnLastFailure().Build()),
	}, nil
}

// Name returns the service's name.
func (s *Service) Name() string { return s.name }

// URL returns the address of a path at the service.
func (s *Service) URL(path string) string { return s.base.Scheme + "://" + s.base.Host + path }

// State returns "closed" while the service is called, "open" while it is left alone and "half-open" in between.
func (s *Service) State() string { return s.circuit.State().String() }

// Do sends a request whose context carries its deadline. A reading request that got no answer is repeated with backoff,
// as far as the deadline allows. The error is that of the last attempt: circuitbreaker.ErrOpen or ErrBusy where the
// service was not asked at all.
func (s *Service) Do(r *http.Request) (*http.Response, error) {
	answer, err := s.try(r)
	if err == nil || !repeatable(r, err) {
		return answer, err
	}
	return s.repeat(r)
}

// repeat is apart from Do so that what its closure captures costs nothing where nothing is repeated.
func (s *Service) repeat(r *http.Request) (answer *http.Response, err error) {
	err = s.retry.WithContext(r.Context()).Run(func() error {
		answer, err = s.try(r) //nolint:bodyclose // the caller closes it
		return err
	})
	return answer, err
}

func (s *Service) try(r *http.Request) (*http.Response, error) {
	if !s.bulkhead.TryAcquirePermit() {
		return nil, ErrBusy
	}
	defer s.bulkhead.ReleasePermit()
	if !s.circuit.TryAcquirePermit() {
		return nil, circuitbreaker.ErrOpen
	}
	answer, err := s.transport.RoundTrip(r)
	// Every permit has to be answered for, or a half-open circuit would wait for it for ever.
	if failing(r, answer, err) {
		s.circuit.RecordFailure()
	} else {
		s.circuit.RecordSuccess()
	}
	return answer, err
}

// repeatable reports whether the request changes nothing, can be sent again and has the time for it.
func repeatable(r *http.Request, err error) bool {
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	notAsked := errors.Is(err, circuitbreaker.ErrOpen) || errors.Is(err, ErrBusy)
	return reading && r.ContentLength == 0 && !notAsked && r.Context().Err() == nil
}

// failing reports whether a call tells of a service that cannot do its work. One that answers so, for want of its store, is
// left alone like one that does not answer: it may take seconds to say the same to the next caller.
func failing(r *http.Request, answer *http.Response, err error) bool {
	if err != nil {
		return !callersFault(r, err)
	}
	return answer.StatusCode == http.StatusServiceUnavailable
}

// callersFault reports whether the call failed for a reason that says nothing about the service.
func callersFault(r *http.Request, err error) bool {
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	return tooLarge || errors.Is(r.Context().Err(), context.Canceled)
}
