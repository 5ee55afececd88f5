package faultinjection

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/messaging"
)

// injected is the error of a fault.
func injected(fault string) error { return fmt.Errorf("injected fault %s", fault) }

// hits reports whether it is this one's turn to fail.
func hits(share float64) bool { return share > 0 && rand.Float64() < share }

// wait takes so long, or as long as ctx does.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Store is what an operation of the store does first: it waits, or fails, as the flags say.
func (s *Service) Store(ctx context.Context) error {
	v := s.now.Load()
	if err := wait(ctx, v.storeLatency); err != nil {
		return err
	}
	if hits(v.storeErrors) {
		return injected(StoreErrors)
	}
	return nil
}

// Handler answers a share of the requests with an error. next has handled them nevertheless, as a defect in the last line
// of a handler would leave them; so the request has its route, too.
func (s *Service) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hits(s.now.Load().httpErrors) {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(&unsent{header: http.Header{}}, r)
		err := injected(HTTPErrors)
		s.telemetry.Failed(r.Context(), err)
		httpserver.WriteProblem(w, r, err)
	})
}

// unsent is an answer that nobody gets.
type unsent struct{ header http.Header }

func (u *unsent) Header() http.Header         { return u.header }
func (u *unsent) Write(p []byte) (int, error) { return len(p), nil }
func (u *unsent) WriteHeader(int)             {}

// Messages makes what has come wait, and the messages of the poisonous type fail; those that come with them are handled.
func (s *Service) Messages(next messaging.BatchHandler) messaging.BatchHandler {
	poisoned := messaging.Failing(func(e cloudevent.Event) error {
		if e.Type == s.now.Load().poisonMessage {
			return injected(PoisonMessage)
		}
		return nil
	})(next)
	return func(ctx context.Context, batch []cloudevent.Event) []error {
		v := s.now.Load()
		_ = wait(ctx, v.messageLatency) // where ctx has ended, what is next finds that out
		if v.poisonMessage == "" {
			return next(ctx, batch)
		}
		return poisoned(ctx, batch)
	}
}

// Publisher returns the publisher that takes nothing while the relay is stuck.
func (s *Service) Publisher(next message.Publisher) message.Publisher { return &stuck{next, s} }

type stuck struct {
	message.Publisher
	service *Service
}

func (p *stuck) Publish(topic string, messages ...*message.Message) error {
	if p.service.now.Load().relayStuck {
		return injected(RelayStuck)
	}
	return p.Publisher.Publish(topic, messages...)
}

// Clock returns the clock that goes as much ahead as the flag says.
func (s *Service) Clock(right func() time.Time) func() time.Time {
	return func() time.Time { return right().Add(s.now.Load().clockSkew) }
}
