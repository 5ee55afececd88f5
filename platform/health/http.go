package health

import (
	"encoding/json"
	"net/http"
)

// Handler serves
//
//	/livez    200 while the process can answer at all
//	/readyz   200 while it wants traffic and can do it, else 503; of the dependencies only those count that it needs, always
//	          or until they have passed once: without the others, such as the broker, the services work on
//	/healthz  200 while every check passes, else 503; with ?verbose the result of each
func (r *Registry) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", live)
	mux.HandleFunc("GET /readyz", r.readyz)
	mux.HandleFunc("GET /healthz", r.healthz)
	return mux
}

// Of serves the results of the checks that concern one service of the process, with its version: 200 while all pass, else
// 503.
func (r *Registry) Of(service, version string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		all := r.of(req.Context(), service)
		all.Version = version
		answer(w, all)
	})
}

func live(w http.ResponseWriter, _ *http.Request) { answer(w, report{Status: statusOK}) }

func (r *Registry) readyz(w http.ResponseWriter, req *http.Request) {
	if !r.ready.Load() {
		answer(w, report{Status: statusFailing})
		return
	}
	answer(w, r.needed(req.Context()))
}

func (r *Registry) healthz(w http.ResponseWriter, req *http.Request) {
	all := r.run(req.Context())
	if !req.URL.Query().Has("verbose") {
		all.Dependencies = nil
	}
	answer(w, all)
}

func answer(w http.ResponseWriter, body report) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if body.Status != statusOK {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(body) // fails only where the client has gone
}
