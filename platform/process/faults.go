package process

import (
	"context"
	"net/http"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/faultinjection"
	"github.com/myevents/myevents/platform/lifecycle"
)

// OpenFaults reads the file of fault flags; without one, none of the process's services will be able to fail on purpose. It
// comes before the services' Env.
func (h *Host) OpenFaults(ctx context.Context, file string) (err error) {
	if file != "" {
		h.Faults, err = faultinjection.Open(ctx, file)
	}
	return err
}

// FaultFlags returns the part that switches the faults while the process runs.
func (h *Host) FaultFlags() lifecycle.Part {
	if h.Faults == nil {
		return lifecycle.Funcs(nil, nil)
	}
	return h.Faults
}

// faultsOf returns the faults of a service, or nil, and its clock.
func (h *Host) faultsOf(service string) (*faultinjection.Service, func() time.Time) {
	if h.Faults == nil {
		return nil, h.Clock
	}
	s := h.Faults.Service(service)
	return s, s.Clock(h.Clock)
}

// inject lets the faults begin; nil are none.
func (e *Env) inject(faults *faultinjection.Service) {
	if faults == nil {
		return
	}
	e.Faults = faults
	e.ConsumerMiddleware = append(e.ConsumerMiddleware, faults.Messages)
	faults.Begin(context.Background(), e.Telemetry)
}

func (e *Env) failing(next http.Handler) http.Handler {
	if e.Faults == nil {
		return next
	}
	return e.Faults.Handler(next)
}

func (e *Env) publisher() message.Publisher {
	if e.Faults == nil {
		return e.Broker.Publisher()
	}
	return e.Faults.Publisher(e.Broker.Publisher())
}
