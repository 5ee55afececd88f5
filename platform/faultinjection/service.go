package faultinjection

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/telemetry"
)

// values are what a service's flags say. The zero value is no fault.
type values struct {
	storeLatency   time.Duration
	storeErrors    float64
	httpErrors     float64
	messageLatency time.Duration
	poisonMessage  string
	relayStuck     bool
	memoryLeak     float64 // bytes a second
	clockSkew      time.Duration
}

// active says of every fault whether it is on.
func (v values) active() map[string]bool {
	return map[string]bool{
		StoreLatency: v.storeLatency != 0, StoreErrors: v.storeErrors != 0, HTTPErrors: v.httpErrors != 0,
		MessageLatency: v.messageLatency != 0, PoisonMessage: v.poisonMessage != "", RelayStuck: v.relayStuck,
		MemoryLeak: v.memoryLeak != 0, ClockSkew: v.clockSkew != 0,
	}
}

// Service are the faults of one service. What wraps a seam of the service asks them each time; with no fault on, that is
// reading a pointer. It is safe for concurrent use.
type Service struct {
	faults    *Faults
	name      string
	now       atomic.Pointer[values]
	shown     *prometheus.GaugeVec
	telemetry *telemetry.Telemetry // nil until Begin
	leaked    [][]byte             // belongs to whoever calls leak
}

func newService(f *Faults, name string) *Service {
	s := &Service{faults: f, name: name, shown: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "myevents_injected_faults", Help: "1 while a fault flag makes the service fail on purpose.",
	}, []string{"fault"})}
	s.now.Store(&values{})
	for fault := range zeroes() {
		s.shown.WithLabelValues(fault)
	}
	return s
}

// Begin switches the faults on that the flags name, which tell of themselves through the service's telemetry.
func (s *Service) Begin(ctx context.Context, t *telemetry.Telemetry) {
	s.telemetry = t
	t.Registerer.MustRegister(s.shown)
	s.faults.begin(ctx, s)
}

// set switches to other values, and tells which faults that begins and ends.
func (s *Service) set(v values) {
	before, after := s.now.Swap(&v).active(), v.active()
	for fault, on := range after {
		if on == before[fault] {
			continue
		}
		s.telemetry.Log.Warn().Str("event.action", "fault.switched").Str("fault.name", fault).Bool("fault.active", on).
			Msg("a fault was switched by its flag")
		value := 0.0
		if on {
			value = 1
		}
		s.shown.WithLabelValues(fault).Set(value)
	}
}

func (s *Service) unreadable(err error) {
	s.telemetry.Log.Warn().Err(err).Str("event.action", "fault.flags").Msg("cannot read the fault flags, which stay as they are")
}

// leak keeps what a leak of the time leaves behind. The end of the fault gives everything back.
func (s *Service) leak(during time.Duration) {
	rate := s.now.Load().memoryLeak
	if rate == 0 {
		s.leaked = nil
		return
	}
	lost := make([]byte, int(rate*during.Seconds()))
	for i := 0; i < len(lost); i += 1 << 10 {
		lost[i] = 1 // memory that nobody has written to does not count as used
	}
	s.leaked = append(s.leaked, lost)
}
