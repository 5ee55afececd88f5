package app

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/booking"
)

// recorder tells what was decided, in metrics and audit lines.
type recorder struct {
	audit     func(ctx context.Context, action, outcome string, fields map[string]string)
	confirmed prometheus.Counter
	rejected  prometheus.Counter
	cancelled prometheus.Counter
	booked    prometheus.Counter
	seats     prometheus.Histogram
}

// newRecorder declares its series at 0. It panics where they are registered already.
func newRecorder(t *telemetry.Telemetry) *recorder {
	bookings := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "myevents_bookings_total", Help: "Bookings by what became of them; a cancelled one was confirmed before.",
	}, []string{"outcome"})
	r := &recorder{
		audit:     t.Audit,
		confirmed: bookings.WithLabelValues(contracts.StatusConfirmed),
		rejected:  bookings.WithLabelValues(contracts.StatusRejected),
		cancelled: bookings.WithLabelValues(contracts.StatusCancelled),
		booked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "myevents_seats_booked_total", Help: "Seats of confirmed bookings; cancelled ones stay counted.",
		}),
		seats: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "myevents_booking_seats", Help: "Seats of a confirmed booking.", Buckets: []float64{1, 2, 4, 6, 8, 10, 20, 50, 100},
		}),
	}
	t.Registerer.MustRegister(bookings, r.booked, r.seats)
	return r
}

// Placed implements booking.Recorder.
func (r *recorder) Placed(ctx context.Context, b booking.Booking) {
	if b.Status == contracts.StatusRejected {
		r.rejected.Inc()
		r.audit(ctx, "booking.create", "failure", fields(b, b.Reason))
		return
	}
	r.confirmed.Inc()
	r.booked.Add(float64(b.Seats))
	r.seats.Observe(float64(b.Seats))
	r.audit(ctx, "booking.create", "success", fields(b, ""))
}

// Cancelled implements booking.Recorder.
func (r *recorder) Cancelled(ctx context.Context, b booking.Booking) {
	r.cancelled.Inc()
	r.audit(ctx, "booking.cancel", "success", fields(b, ""))
}

// CancelRefused implements booking.Recorder.
func (r *recorder) CancelRefused(ctx context.Context, c booking.Cancellation, err error) {
	r.audit(ctx, "booking.cancel", "failure", map[string]string{
		"user.id": c.UserID, "booking.id": c.BookingID, "event.reason": fault.CodeOf(err),
	})
}

func fields(b booking.Booking, reason string) map[string]string {
	f := map[string]string{"user.id": b.UserID, "booking.id": b.ID, "booking.event_id": b.EventID, "booking.seats": strconv.Itoa(b.Seats)}
	if reason != "" {
		f["event.reason"] = reason
	}
	return f
}
