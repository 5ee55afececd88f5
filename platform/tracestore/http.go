package tracestore

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
)

// maxBody is the size of the largest list of spans, in bytes and unpacked.
const maxBody = 8 << 20

// Handler serves the part of Zipkin's API that is here: /api/v2/{spans,traces,trace/{id},traceMany,services,
// remoteServices,dependencies} and /health, with Zipkin's parameters, defaults and answers. What cannot be answered is a
// problem (RFC 9457) where Zipkin's is plain text. Trace ids of 64 and of 128 bits are different ids.
func (s *Store) Handler() http.Handler {
	mux := httpserver.NewMux()
	mux.HandleFunc("POST /api/v2/spans", s.receive)
	for pattern, answer := range map[string]func(*http.Request) (any, error){
		"/api/v2/traces":         s.search,
		"/api/v2/trace/{id}":     s.trace,
		"/api/v2/traceMany":      s.traceMany,
		"/api/v2/services":       s.services,
		"/api/v2/spans":          s.spanNames,
		"/api/v2/remoteServices": s.remoteServices,
		"/api/v2/dependencies":   s.dependencies,
		"/health":                health,
	} {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := answer(r)
			if err != nil {
				httpserver.WriteProblem(w, r, err)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body) // fails only where the client has gone
		})
	}
	return mux
}

func health(*http.Request) (any, error) { return map[string]string{"status": "UP"}, nil }

func (s *Store) receive(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		httpserver.WriteProblem(w, r, err)
		return
	}
	spans, err := decodeSpans(body)
	if err != nil {
		httpserver.WriteProblem(w, r, err)
		return
	}
	s.Add(spans)
	w.WriteHeader(http.StatusAccepted)
}

func readBody(r *http.Request) ([]byte, error) {
	unpacked := io.Reader(r.Body)
	if strings.Contains(r.Header.Get("Content-Encoding"), "gzip") {
		packed, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, fault.InvalidField("body", "must be packed by gzip, as Content-Encoding says")
		}
		unpacked = packed
	}
	body, err := io.ReadAll(io.LimitReader(unpacked, maxBody+1))
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fault.InvalidField("body", "must be whole")
	case err != nil:
		return nil, fault.InvalidField("body", "must be readable").WithCause(err)
	case len(body) > maxBody:
		return nil, httpserver.BodyTooLarge(maxBody)
	}
	return body, nil
}
