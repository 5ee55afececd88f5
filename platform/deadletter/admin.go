package deadletter

import (
	"encoding/json"
	"net/http"

	"github.com/myevents/myevents/platform/httpserver"
)

// adminPage is how many letters a page has on the admin port.
const adminPage = 100

// AdminHandler serves the queue to the command line on the admin port, which authenticates:
// /admin/<service>/dead-letters[/{id}[/requeue|/drop]].
func AdminHandler(q *Queue) http.Handler {
	const letters = "/admin/{service}/dead-letters"
	mux := httpserver.NewMux()
	mux.Handle("GET "+letters, answering(func(r *http.Request) (any, error) {
		page, err := list(r.Context(), q, r.URL.Query().Get("cursor"), adminPage)
		if page.Items == nil {
			page.Items = []Letter{}
		}
		return page, err
	}))
	mux.Handle("GET "+letters+"/{id}", answering(func(r *http.Request) (any, error) {
		return q.Get(r.Context(), r.PathValue("id"))
	}))
	mux.Handle("POST "+letters+"/{id}/requeue", answering(func(r *http.Request) (any, error) {
		return nil, q.Requeue(r.Context(), r.PathValue("id"))
	}))
	mux.Handle("POST "+letters+"/{id}/drop", answering(func(r *http.Request) (any, error) {
		return nil, q.Drop(r.Context(), r.PathValue("id"))
	}))
	return mux
}

// answering writes what answer returns: JSON, a problem, or nothing at all.
func answering(answer func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := answer(r)
		switch {
		case err != nil:
			httpserver.WriteProblem(w, r, err)
		case body == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body) // fails only where the client has gone
		}
	})
}
