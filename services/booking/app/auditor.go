package app

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/booking"
)

// auditor compares, again and again, the seats taken with the seats booked. Its goroutine ends with Stop.
type auditor struct {
	service   *booking.Service
	left      *seatsLeft
	telemetry *telemetry.Telemetry
	interval  time.Duration
	mismatch  prometheus.Gauge
	told      map[string]int // the mismatches of the last audit: they are logged once, and shown as long as they last
	end       context.CancelFunc
	running   sync.WaitGroup
}

func newAuditor(service *booking.Service, left *seatsLeft, t *telemetry.Telemetry, interval time.Duration) *auditor {
	a := &auditor{service: service, left: left, telemetry: t, interval: interval, mismatch: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "myevents_inventory_mismatch_seats", Help: "Seats by which inventories and bookings differ; anything but 0 is a defect.",
	})}
	t.Registerer.MustRegister(a.mismatch)
	return a
}

// Start begins to audit.
func (a *auditor) Start(context.Context) error {
	ctx, end := context.WithCancel(context.Background())
	a.end = end
	a.running.Go(func() { a.run(ctx) })
	return nil
}

// Stop ends the running audit.
func (a *auditor) Stop(context.Context) error {
	if a.end != nil {
		a.end()
	}
	a.running.Wait()
	return nil
}

// maxShare bounds the audit's share of the time: it reads every booking, so it takes longer as they become more.
const maxShare = 50 // one part in so many

func (a *auditor) run(ctx context.Context) {
	for {
		began := time.Now()
		err := a.audit(ctx)
		length := max(a.interval, maxShare*time.Since(began))
		if err != nil {
			length = a.interval // how long it takes to fail has nothing to do with the bookings there are
		}
		if err != nil && ctx.Err() == nil {
			a.telemetry.Log.Error().Err(err).Str("event.action", "inventory.audit").Msg("the inventories could not be audited")
		}
		pause := time.NewTimer(length)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

func (a *auditor) audit(ctx context.Context) error {
	mismatches, err := a.service.Store.Audit(ctx)
	if err != nil {
		return err
	}
	total := 0
	for eventID, seats := range mismatches {
		total += seats
		if a.told[eventID] != seats {
			a.telemetry.Log.Error().Str("event.action", "inventory.mismatch").Str("booking.event_id", eventID).Int("booking.seats", seats).
				Msg("so many seats of the event are taken and not booked, or booked and not taken")
		}
	}
	a.told = mismatches
	a.mismatch.Set(float64(total))
	return a.left.update(ctx, a.service)
}
