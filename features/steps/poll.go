package steps

import (
	"context"
	"fmt"
	"time"
)

const (
	patience   = 15 * time.Second // how long a scenario waits for what must become true
	firstPause = 5 * time.Millisecond
	lastPause  = 250 * time.Millisecond
)

// eventually repeats look until it returns nil. At the deadline it returns look's last error.
func eventually(ctx context.Context, look func(context.Context) error) error {
	return within(ctx, patience, look)
}

// within is eventually with a deadline of its own. It looks less and less often: most things are true in a moment, and a
// platform that others use should not be flooded.
func within(ctx context.Context, deadline time.Duration, look func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	var last error
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
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
		case <-time.After(pause):
		}
	}
}
