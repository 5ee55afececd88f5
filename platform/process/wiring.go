package process

import (
	"context"
	"net/http"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/outbox"
)

// DeadLetters returns the queue of a service's dead letters, whose letters process tries again. The queue is served to the
// commands on the admin port, and says in audit lines who requeued and dropped what.
func (e *Env) DeadLetters(
	service string, store deadletter.Store, process func(ctx context.Context, topic string, payload []byte) error,
) *deadletter.Queue {
	queue := deadletter.NewQueue(deadletter.QueueOptions{
		Store: store, Process: process, Clock: e.Clock, Audit: e.Telemetry.Audit,
	})
	path, handler := "/admin/"+service+"/dead-letters", deadletter.AdminHandler(queue)
	e.Admin.Handle(path, handler)
	e.Admin.Handle(path+"/", handler)
	return queue
}

// Declare puts the operations of a service's API into its metrics, at 0. It fails where the API is not sound; see
// httpserver.API.Err.
func (e *Env) Declare(api *httpserver.API) error {
	api.EachOperation(func(method, path string, success int) {
		e.Telemetry.DeclareOperation(method, path, success, http.StatusInternalServerError)
	})
	return api.Err()
}

// Outbox returns the relay that publishes a service's outbox, and serves the outbox to replaying peers on the admin port.
func (e *Env) Outbox(service string, log outbox.Log) *outbox.Relay {
	e.Admin.Handle("GET /admin/"+service+"/outbox", outbox.Feed(log))
	return outbox.NewRelay(outbox.RelayOptions{
		Service: service, Log: log, Publisher: e.publisher(), SyncLag: e.Broker.SyncLag(), Telemetry: e.Telemetry, Clock: e.Clock,
	})
}
