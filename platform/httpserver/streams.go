package httpserver

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

const eventStream = "text/event-stream"

// RegisterStream adds an operation whose answer has no end: events whose data is an E as JSON. Its access rule is enforced. The
// rest is h's: it reads what op says of parameters, and answers. It has to end by itself: see Stopping, and HeadOut.
func RegisterStream[E any](a *API, op huma.Operation, h http.Handler) {
	rule, known := a.rule(&op)
	if !known {
		return
	}
	describeAccess(&op, rule)
	schemas := a.huma.OpenAPI().Components.Schemas
	describeProblems(schemas, &op, rule, reflect.TypeFor[struct{}]())
	op.DefaultStatus = http.StatusOK
	op.Responses["200"] = &huma.Response{
		Description: "Events, as long as both sides like",
		Content:     map[string]*huma.MediaType{eventStream: {Schema: schemas.Schema(reflect.TypeFor[E](), true, "")}},
	}
	a.huma.OpenAPI().AddOperation(&op)
	describeTrace(a.huma.OpenAPI().Components, &op)
	a.mux.Handle(op.Method+" "+op.Path, a.guard(op.OperationID, rule, h))
}

// HeadOut tells whoever measures requests that all of this one's answer is out that can be waited for: its span, its duration and
// its access line end now, although the stream goes on.
func HeadOut(w http.ResponseWriter) {
	for {
		switch outer := w.(type) {
		case interface{ HeadOut() }:
			outer.HeadOut()
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = outer.Unwrap()
		default:
			return
		}
	}
}
