package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/booking"
)

// recorder tells what was decided, in metrics and audit lines.
type recorder struct {
	audit     audit.Log
	confirmed prometheus.Counter
	rejected  prometheus.Counter
	cancelled prometheus.Counter
	reasons   *prometheus.CounterVec // of rejections
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
		reasons: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "myevents_rejected_bookings_total", Help: "Bookings that were rejected, by the reason.",
		}, []string{"reason"}),
		booked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "myevents_seats_booked_total", Help: "Seats of confirmed bookings; cancelled ones stay counted.",
		}),
		seats: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "myevents_booking_seats", Help: "Seats of a confirmed booking.", Buckets: []float64{1, 2, 4, 6, 8, 10, 20, 50, 100},
		}),
	}
	for _, reason := range booking.Reasons() {
		r.reasons.WithLabelValues(reason)
	}
	t.Registerer.MustRegister(bookings, r.reasons, r.booked, r.seats)
	return r
}

// Placed implements booking.Recorder.
func (r *recorder) Placed(ctx context.Context, b booking.Booking) {
	if b.Status == contracts.StatusRejected {
		r.rejected.Inc()
		r.reasons.WithLabelValues(b.Reason).Inc()
		r.audit(ctx, entry("booking.create", b))
		return
	}
	r.confirmed.Inc()
	r.booked.Add(float64(b.Seats))
	r.seats.Observe(float64(b.Seats))
	r.audit(ctx, entry("booking.create", b))
}

// PlaceRefused implements booking.Recorder. There is no booking, so the line is about the event that was asked for.
func (r *recorder) PlaceRefused(ctx context.Context, o booking.Order, err error) {
	r.audit(ctx, audit.Entry{
		Action: "booking.create", User: o.UserID, Object: audit.Object{Type: "event", ID: o.EventID}, Reason: audit.Reason(err),
	})
}

// Cancelled implements booking.Recorder.
func (r *recorder) Cancelled(ctx context.Context, b booking.Booking) {
	r.cancelled.Inc()
	r.audit(ctx, entry("booking.cancel", b))
}

// CancelRefused implements booking.Recorder.
func (r *recorder) CancelRefused(ctx context.Context, c booking.Cancellation, err error) {
	r.audit(ctx, audit.Entry{
		Action: "booking.cancel", User: c.UserID, Object: audit.Object{Type: "booking", ID: c.BookingID}, Reason: audit.Reason(err),
	})
}

func entry(action string, b booking.Booking) audit.Entry {
	return audit.Entry{
		Action: action, User: b.UserID, Object: audit.Object{Type: "booking", ID: b.ID}, Reason: b.Reason,
		Details: []audit.Detail{{Name: "booking.event_id", Text: b.EventID}, {Name: "booking.seats", Number: b.Seats}},
	}
}
