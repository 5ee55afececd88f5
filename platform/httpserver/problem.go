package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/fault"
)

const (
	problemType = "application/problem+json"
	typePrefix  = "urn:myevents:problem:"
)

// Problem is the body of every answer that is not a success, as RFC 9457 defines it.
type Problem struct {
	Type    string        `json:"type" doc:"URN that ends in the code" example:"urn:myevents:problem:sold-out"`
	Title   string        `json:"title" doc:"What the status means" example:"Conflict"`
	Status  int           `json:"status" example:"409"`
	Code    string        `json:"code" doc:"Stable name of the kind of problem, for programs" example:"sold-out"`
	Detail  string        `json:"detail,omitempty" doc:"What went wrong, for people"`
	Errors  []fault.Field `json:"errors,omitempty" nullable:"false" doc:"What to correct in the request"`
	TraceID string        `json:"trace_id,omitempty" doc:"Names this request in traces and logs"`
}

// callerLeft is the status of an answer for which nobody waited: what fails then is no failure of ours.
const callerLeft = 499

// NewProblem describes err to whoever sent the request: a *fault.Error by its own words, any other error as "internal"
// without a word of it. The trace id is that of ctx's span, if it has one. Where the caller has left, and ctx was cancelled
// for it, the status of what would be our failure is 499.
func NewProblem(ctx context.Context, err error) *Problem {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind == fault.Internal {
		f = fault.New(fault.Internal, "internal", "Something went wrong on our side.")
	}
	status := statusOf(f)
	if status >= http.StatusInternalServerError && errors.Is(ctx.Err(), context.Canceled) {
		status = callerLeft
	}
	p := &Problem{
		Type:   typePrefix + f.Code,
		Title:  http.StatusText(status),
		Status: status,
		Code:   f.Code,
		Detail: f.Detail,
		Errors: f.Fields,
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		p.TraceID = span.TraceID().String()
	}
	return p
}

// statusOf maps the error vocabulary to HTTP; the codes listed have a status of their own.
func statusOf(f *fault.Error) int {
	switch f.Code {
	case "method-not-allowed":
		return http.StatusMethodNotAllowed
	case "body-too-large":
		return http.StatusRequestEntityTooLarge
	case "unsupported-media-type":
		return http.StatusUnsupportedMediaType
	case "idempotency-key-reused":
		return http.StatusUnprocessableEntity
	case "too-many-requests":
		return http.StatusTooManyRequests
	}
	switch f.Kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// Error returns the code and detail. With GetStatus it makes Problem a huma.StatusError.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// setHeaders adds what the status asks for; a Retry-After that is there already stays.
func (p *Problem) setHeaders(h http.Header) {
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	setTrace(h, p.TraceID)
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", "1")
		}
	}
}

// WriteProblem answers r with the problem that err is; see NewProblem. Headers set before are kept, so a caller may add
// its own, such as a longer Retry-After.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := NewProblem(r.Context(), err)
	p.setHeaders(w.Header())
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // fails only where the client has gone
}

// BodyTooLarge returns the error for a request body of more than limit bytes: a 413 problem.
func BodyTooLarge(limit int64) *fault.Error {
	return fault.New(fault.Invalid, "body-too-large", fmt.Sprintf("The body is larger than %d bytes.", limit))
}
