package httpserver

import (
	"encoding/hex"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"go.opentelemetry.io/otel/trace"
)

// traceHeader names a request's trace in its answer, so that a person gets from what was answered to what happened. Every
// problem has it, and whatever changes something; answers that only read go without, since there are many of them.
const traceHeader = "Trace-Id"

// traced adds the header to the answers of an operation that changes something.
func traced(op *huma.Operation, next http.Handler) http.Handler {
	if op.Method == http.MethodGet || op.Method == http.MethodHead {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setTrace(w.Header(), traceOf(r))
		next.ServeHTTP(w, r)
	})
}

func setTrace(h http.Header, id string) {
	if id != "" {
		h[traceHeader] = []string{id}
	}
}

// traceOf returns the id of the request's trace; empty where it has none.
func traceOf(r *http.Request) string {
	id := trace.SpanContextFromContext(r.Context()).TraceID()
	if !id.IsValid() {
		return ""
	}
	var text [2 * len(id)]byte
	hex.Encode(text[:], id[:])
	return string(text[:])
}

// describeTrace documents the header wherever it is. It needs the answers that huma has documented already.
func describeTrace(components *huma.Components, op *huma.Operation) {
	if components.Headers == nil {
		components.Headers = map[string]*huma.Header{traceHeader: {
			Description: "Names this request in traces and logs.",
			Schema:      &huma.Schema{Type: huma.TypeString, Pattern: "^[0-9a-f]{32}$"},
		}}
	}
	for _, answer := range op.Responses {
		_, isProblem := answer.Content[problemType]
		if isProblem || op.Method != http.MethodGet {
			if answer.Headers == nil {
				answer.Headers = map[string]*huma.Header{}
			}
			answer.Headers[traceHeader] = &huma.Header{Ref: "#/components/headers/" + traceHeader}
		}
	}
}
