package messaging

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/myevents/myevents/platform/cloudevent"
)

// Handler processes one message. It is idempotent and may run concurrently with itself for messages of different keys. A
// fault of kind Invalid says that the message can never succeed; one of kind Unavailable, that what the handler needs is
// away, for which the message waits as long as it takes.
type Handler func(ctx context.Context, e cloudevent.Event) error

// BatchHandler processes messages together, such as in one commit. They are in the order in which they were published. It
// returns nil where all succeeded, and otherwise an error, or nil, for each. It is idempotent; what failed comes again in
// a batch of its own. Kinds of faults count as for a Handler. What ctx is used for belongs to the
// trace of each message; see telemetry.Together.
type BatchHandler func(ctx context.Context, batch []cloudevent.Event) []error

// Middleware wraps each attempt to process a batch; tests inject faults with it.
type Middleware func(next BatchHandler) BatchHandler

// Failing returns the middleware by which those messages fail for which fail has an error. Those that come with them are
// processed.
func Failing(fail func(e cloudevent.Event) error) Middleware {
	return func(next BatchHandler) BatchHandler {
		return func(ctx context.Context, batch []cloudevent.Event) []error {
			errs := make([]error, len(batch))
			var sound []cloudevent.Event
			var at []int // indexes of the sound ones in the batch
			for i, e := range batch {
				if errs[i] = fail(e); errs[i] == nil {
					sound, at = append(sound, e), append(at, i)
				}
			}
			if len(sound) > 0 {
				for i, err := range next(ctx, sound) {
					errs[at[i]] = err
				}
			}
			return errs
		}
	}
}

// byType calls the handler of each message's type, one after the other.
func byType(handlers map[string]Handler) BatchHandler {
	return func(ctx context.Context, batch []cloudevent.Event) []error {
		errs := make([]error, len(batch))
		for i, e := range batch {
			errs[i] = handlers[e.Type](ctx, e)
		}
		return errs
	}
}

// panicked is the error of a handler that panicked.
type panicked struct {
	value any
	stack []byte // for the log line of who looks for it; describe leaves it out
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// recovering makes a panic a failure of every message in the batch. They are tried again one by one, which finds the
// culprit.
func recovering(next BatchHandler) BatchHandler {
	return func(ctx context.Context, batch []cloudevent.Event) (errs []error) {
		defer func() {
			if v := recover(); v != nil {
				errs = all(len(batch), &panicked{value: v, stack: debug.Stack()})
			}
		}()
		return next(ctx, batch)
	}
}

func all(n int, err error) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// chain returns h inside of the middleware, the first outermost, which is inside of the recovery from panics.
func chain(h BatchHandler, outermostFirst []Middleware) BatchHandler {
	for i := len(outermostFirst) - 1; i >= 0; i-- {
		h = outermostFirst[i](h)
	}
	return recovering(h)
}
