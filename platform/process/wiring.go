package process

import (
	"context"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/outbox"
)

// DeadLetters returns the queue of a service's dead letters, whose letters process tries again. The queue is served to the
// commands on the admin port, and says in audit lines who requeued and dropped what; nobody is named where it was a command.
func (e *Env) DeadLetters(
	service string, store deadletter.Store, process func(ctx context.Context, topic string, payload []byte) error,
) *deadletter.Queue {
	queue := deadletter.NewQueue(deadletter.QueueOptions{
		Store: store, Process: process, Clock: e.Clock,
		Audit: func(ctx context.Context, action, id, outcome string) {
			fields := map[string]string{"dead_letter.id": id}
			if p, ok := auth.FromContext(ctx); ok {
				fields["user.id"] = p.UserID
			}
			e.Telemetry.Audit(ctx, action, outcome, fields)
		},
	})
	path, handler := "/admin/"+service+"/dead-letters", deadletter.AdminHandler(queue)
	e.Admin.Handle(path, handler)
	e.Admin.Handle(path+"/", handler)
	return queue
}

// Outbox returns the relay that publishes a service's outbox, and serves the outbox to replaying peers on the admin port.
func (e *Env) Outbox(service string, log outbox.Log) *outbox.Relay {
	e.Admin.Handle("GET /admin/"+service+"/outbox", outbox.Feed(log))
	return outbox.NewRelay(outbox.RelayOptions{
		Service: service, Log: log, Publisher: e.Broker.Publisher(), SyncLag: e.Broker.SyncLag(), Telemetry: e.Telemetry, Clock: e.Clock,
	})
}
