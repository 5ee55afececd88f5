package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/fault"
)

const maxKey = 255

// Book places the order; its BookingID and At are set here. The same user, key and order get the same answer, however
// often and also after the booking was cancelled. It fails with the codes missing-idempotency-key, seats-out-of-range,
// event-not-found, idempotency-key-reused or, for a booking that was rejected, its reason.
func (s *Service) Book(ctx context.Context, o Order) (Booking, error) {
	if err := o.check(); err != nil {
		return Booking{}, err
	}
	o.BookingID, o.At = s.NewID(), s.now()
	b, placed, err := s.Store.Place(ctx, o)
	if err != nil {
		s.Recorder.PlaceRefused(ctx, o, err)
		return Booking{}, err
	}
	if placed {
		s.Recorder.Placed(ctx, b)
	}
	if err := b.Rejection(); err != nil {
		return Booking{}, err
	}
	return b.AsMade(), nil
}

func (o Order) check() error {
	var f fault.Field
	code := "invalid-request"
	switch {
	case o.Key == "":
		code = "missing-idempotency-key"
		f = fault.Field{Field: "Idempotency-Key", Rule: "is required: a value of your own, unique for each booking"}
	case len(o.Key) > maxKey:
		f = fault.Field{Field: "Idempotency-Key", Rule: fmt.Sprintf("must not be longer than %d bytes", maxKey)}
	case o.Seats < MinSeats || o.Seats > MaxSeats:
		code, f = "seats-out-of-range", fault.Field{Field: "seats", Rule: fmt.Sprintf("must be from %d to %d", MinSeats, MaxSeats)}
	default:
		return nil
	}
	err := fault.InvalidFields(f)
	err.Code = code
	return err
}

// Cancel cancels the caller's own booking; c.At is set here. Cancelling again gives the same answer. It fails with the codes
// booking-not-found, booking-rejected or event-past.
func (s *Service) Cancel(ctx context.Context, c Cancellation) (Booking, error) {
	c.At = s.now()
	b, cancelled, err := s.Store.Cancel(ctx, c)
	if err != nil {
		s.Recorder.CancelRefused(ctx, c, err)
		return Booking{}, err
	}
	if cancelled {
		s.Recorder.Cancelled(ctx, b)
	}
	return b, nil
}

// Booking returns the user's own booking; another's is booking-not-found.
func (s *Service) Booking(ctx context.Context, userID, bookingID string) (Booking, error) {
	return s.Store.Booking(ctx, userID, bookingID)
}

// Bookings returns at most limit of the user's bookings, newest first, behind the id before; "" begins at the newest.
func (s *Service) Bookings(ctx context.Context, userID, before string, limit int) ([]Booking, error) {
	return s.Store.Bookings(ctx, userID, before, limit)
}

// now has the precision that stores keep: an answer must not differ from its repetition.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }
