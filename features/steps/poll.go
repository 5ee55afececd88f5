package steps

import (
	"context"
	"fmt"
	"time"
)

const (
	patience = 15 * time.Second      // how long a scenario waits for what must become true
	glance   = 10 * time.Millisecond // how long it waits between two looks
)

// eventually repeats look until it returns nil. At the deadline it returns look's last error.
func eventually(ctx context.Context, look func(context.Context) error) error {
	return within(ctx, patience, look)
}

// within is eventually with a deadline of its own.
func within(ctx context.Context, deadline time.Duration, look func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	var last error
	for {
		err := look(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err // an error after the deadline only says that the look was cut short
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", deadline, last)
		case <-ticker.C:
		}
	}
}
