package app

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/booking"
)

// admin is what the command line does with the copy of the events, on the admin port, which authenticates.
type admin struct {
	service *booking.Service
	env     *process.Env
}

func (a *admin) register(mux *http.ServeMux) {
	mux.HandleFunc("POST /admin/booking/replay", a.replay)
	mux.HandleFunc("GET /admin/booking/copy", a.list)
	mux.HandleFunc("DELETE /admin/booking/copy", a.clear)
}

// replay rebuilds the copy from the event service's outbox while selling goes on.
func (a *admin) replay(w http.ResponseWriter, r *http.Request) {
	ctx, task := a.env.Telemetry.StartTask(r.Context(), "replay "+name)
	done, err := a.service.Replay(ctx, a.feed(task))
	task.End(done.Applied, err)
	a.audit(ctx, "read_model.replay", err, audit.Detail{Name: "replay.applied", Number: done.Applied})
	if err != nil {
		httpserver.WriteProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(done) // fails only where the client has gone
}

// feed returns the outbox of the event service, whose messages the task is linked to.
func (a *admin) feed(task *telemetry.Task) booking.Feed {
	return func(ctx context.Context, apply func(topic string, e cloudevent.Event) error) error {
		peer := a.env.AdminPeer("event")
		return outbox.Fetch(ctx, peer.Client, peer.URL+"/admin/event/outbox", 0, func(e outbox.Entry) error {
			message, err := cloudevent.Decode(e.Payload)
			if err != nil {
				return err
			}
			task.Link(message.Trace)
			return apply(e.Topic, message)
		})
	}
}

// copied is a line of the copy, as list shows it.
type copied struct {
	ID         string `json:"id"`
	Version    int64  `json:"version"`
	Name       string `json:"name"`
	Capacity   int    `json:"capacity"`
	SeatsTaken int    `json:"seats_taken"`
	Status     string `json:"status"`
}

// list answers with a line of JSON for each event of the copy. Two copies are equal where the answers are.
func (a *admin) list(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	lines := json.NewEncoder(w)
	err := a.service.EachInventory(r.Context(), func(i booking.Inventory) {
		_ = lines.Encode(copied{ // fails only where the client has gone
			ID: i.Event.ID, Version: i.Event.Version, Name: i.Event.Name, Capacity: i.Event.Capacity, SeatsTaken: i.SeatsTaken,
			Status: i.Event.Status,
		})
	})
	if err != nil {
		panic(http.ErrAbortHandler) // lines may be out already: what has arrived must not pass for the whole
	}
}

// clear removes the copy. Until the next replay nothing can be booked but what is published from now on.
func (a *admin) clear(w http.ResponseWriter, r *http.Request) {
	err := a.service.Store.ForgetAll(r.Context())
	a.audit(r.Context(), "read_model.clear", err)
	if err != nil {
		httpserver.WriteProblem(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *admin) audit(ctx context.Context, action string, err error, details ...audit.Detail) {
	a.env.Telemetry.Audit(ctx, audit.Entry{
		Action: action, User: audit.Caller(ctx), Object: audit.Object{Type: "read_model", ID: name}, Reason: audit.Reason(err),
		Details: details,
	})
}
