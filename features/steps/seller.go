package steps

import (
	"context"
	"fmt"
	"net/http"
)

// seller books and cancels one seat over and over in the background of a scenario. A nil seller does nothing.
type seller struct {
	cancel context.CancelFunc
	done   chan error // closed by the goroutine after its first error, if any
}

func (s *scenario) keepsBooking(ctx context.Context, who, event string) error {
	if s.seller != nil {
		return fmt.Errorf("somebody keeps booking already")
	}
	r, err := s.bookingRequest(ctx, who, event, `{"seats":1}`, "")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	s.seller = &seller{cancel: cancel, done: make(chan error, 1)}
	go s.seller.run(ctx, s.client, r)
	return nil
}

func (w *seller) run(ctx context.Context, c *client, r request) {
	defer close(w.done)
	for ctx.Err() == nil {
		if err := bookAndCancel(context.WithoutCancel(ctx), c, r); err != nil {
			w.done <- err
			return
		}
	}
}

// bookAndCancel is one round. It is finished even when the seller is told to stop in the middle of it.
func bookAndCancel(ctx context.Context, c *client, r request) error {
	r.key = randomHex(16)
	booked, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	if err := booked.want(http.StatusCreated); err != nil {
		return err
	}
	var b booking
	if err := booked.decode(&b); err != nil {
		return err
	}
	cancelled, err := c.do(ctx, request{method: http.MethodDelete, path: "/api/v1/bookings/" + b.ID, token: r.token})
	if err != nil {
		return err
	}
	return cancelled.want(http.StatusOK)
}

// stop ends the goroutine, waits for it and returns what went wrong.
func (w *seller) stop() error {
	if w == nil {
		return nil
	}
	w.cancel()
	return <-w.done
}

func (s *scenario) stopsBooking(_ context.Context, who string) error {
	if s.seller == nil {
		return fmt.Errorf("%s does not keep booking", who)
	}
	err := s.seller.stop()
	s.seller = nil
	return err
}
