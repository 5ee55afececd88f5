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
	"github.com/myevents/myevents/services/search"
)

// copyPage is how many entries are listed at a time.
const copyPage = 1000

// admin is what the command line does with the index, on the admin port, which authenticates.
type admin struct {
	index   search.Index
	indexer *search.Indexer
	env     *process.Env
}

func (a *admin) register(mux *http.ServeMux) {
	mux.HandleFunc("POST /admin/"+serviceName+"/replay", a.replay)
	mux.HandleFunc("GET /admin/"+serviceName+"/copy", a.list)
	mux.HandleFunc("DELETE /admin/"+serviceName+"/copy", a.clear)
}

// replay applies everything the owners have ever published. It answers with the number of documents applied.
func (a *admin) replay(w http.ResponseWriter, r *http.Request) {
	ctx, task := a.env.Telemetry.StartTask(r.Context(), "replay "+serviceName)
	applied, err := a.indexer.Replay(ctx, a.feed("event", task), a.feed("booking", task))
	task.End(applied, err)
	a.audit(ctx, "read_model.replay", err, audit.Detail{Name: "replay.applied", Number: applied})
	if err != nil {
		httpserver.WriteProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]int{"applied": applied}) // fails only where the client has gone
}

// feed returns the outbox of the owning service, whose messages the task is linked to.
func (a *admin) feed(owner string, task *telemetry.Task) search.Feed {
	return func(ctx context.Context, apply func(cloudevent.Event) error) error {
		peer := a.env.AdminPeer(owner)
		return outbox.Fetch(ctx, peer.Client, peer.URL+"/admin/"+owner+"/outbox", 0, func(e outbox.Entry) error {
			message, err := cloudevent.Decode(e.Payload)
			if err != nil {
				return err
			}
			task.Link(message.Trace)
			return apply(message)
		})
	}
}

// list answers with a line of JSON for each document: its kind, id and version. Two copies are equal where the answers are.
func (a *admin) list(w http.ResponseWriter, r *http.Request) {
	lines := json.NewEncoder(w)
	for after := ""; ; {
		entries, err := a.index.Copy(r.Context(), after, copyPage)
		if err != nil {
			a.failList(w, r, after, err)
			return
		}
		if len(entries) == 0 {
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		for _, e := range entries {
			if err := lines.Encode(e); err != nil {
				return // the client has gone
			}
			after = e.Key()
		}
	}
}

// failList breaks the connection off where lines are out already: what has arrived must not pass for the whole.
func (a *admin) failList(w http.ResponseWriter, r *http.Request, after string, err error) {
	if after != "" {
		panic(http.ErrAbortHandler)
	}
	httpserver.WriteProblem(w, r, err)
}

// clear removes all documents. Until the next replay only what is published from now on is found.
func (a *admin) clear(w http.ResponseWriter, r *http.Request) {
	err := a.index.Clear(r.Context())
	a.audit(r.Context(), "read_model.clear", err)
	if err != nil {
		httpserver.WriteProblem(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *admin) audit(ctx context.Context, action string, err error, details ...audit.Detail) {
	a.env.Telemetry.Audit(ctx, audit.Entry{
		Action: action, User: audit.Caller(ctx), Object: audit.Object{Type: "read_model", ID: serviceName}, Reason: audit.Reason(err),
		Details: details,
	})
}
