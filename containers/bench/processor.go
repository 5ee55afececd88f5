package main

import (
	"context"
	"time"

	"github.com/myevents/myevents/containers/stack"
)

// What processor time is told of.
const (
	services = "services" // all five together
	broker   = "broker"
	store    = "store"
	zipkin   = "zipkin"
)

// usage is processor time by part.
type usage map[string]time.Duration

// used returns what the services and the parts they stand on have used so far.
func used(ctx context.Context, s *stack.Stack) (usage, error) {
	u := usage{}
	for name, group := range groups() {
		c := s.Part(name)
		if c == nil {
			continue // of another pair
		}
		spent, err := c.ProcessorTime(ctx)
		if err != nil {
			return nil, err
		}
		u[group] += spent
	}
	return u, nil
}

// groups returns under which name the usage of each container counts.
func groups() map[string]string {
	return map[string]string{
		"gateway": services, "identity": services, "event": services, "booking": services, "search": services,
		"rabbitmq": broker, "kafka": broker, "aws": broker, "nats": broker,
		"mongodb": store, "dynamodb": store,
		"zipkin": zipkin,
	}
}

// perBooking returns microseconds.
func perBooking(before, after usage, bookings int64) map[string]float64 {
	micros := map[string]float64{}
	for name := range after {
		micros[name] = float64((after[name] - before[name]).Microseconds()) / float64(bookings)
	}
	return micros
}
