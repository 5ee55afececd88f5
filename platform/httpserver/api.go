// Package httpserver is how the platform's services speak HTTP: one API a service with its OpenAPI document, validation,
// access rules and problems (RFC 9457), the server it listens with, and an in-memory transport between services that
// share a process.
package httpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
)

// DefaultMaxBody is the largest request body where APIOptions says nothing: 64 KiB.
const DefaultMaxBody = 64 << 10

// APIOptions describe an API. Audit and Failed may be nil.
type APIOptions struct {
	Title       string
	Version     string
	Description string
	Access      auth.Table // every operation must have a rule in it
	MaxBody     int64      // bytes; 0: DefaultMaxBody

	// Audit hears of every call by a user who is signed in but lacks the role.
	Audit audit.Log
	// Failed hears of every error that was answered as a problem of ours, 5xx; for the log.
	Failed func(ctx context.Context, err error)
}

// API is the HTTP API of a service. Register its operations, look at Err, then serve Handler.
type API struct {
	options  APIOptions
	mux      *Mux
	huma     jsonAPI
	handlers adapter
	errs     []error
}

// NewAPI returns an API without operations.
func NewAPI(o APIOptions) *API {
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Audit == nil {
		o.Audit = func(context.Context, audit.Entry) {}
	}
	if o.Failed == nil {
		o.Failed = func(context.Context, error) {}
	}
	handlers := adapter{}
	config := huma.Config{OpenAPI: newDocument(o)}
	return &API{
		options:  o,
		mux:      NewMux(),
		huma:     newJSONAPI(huma.NewAPI(config, handlers)),
		handlers: handlers,
	}
}

// Handler serves the API. Paths and methods it does not know are answered with problems.
func (a *API) Handler() http.Handler { return a.mux }

// Handle serves a route that is no part of the documented API, such as /.well-known/jwks.json. No access rule guards it.
func (a *API) Handle(pattern string, h http.Handler) { a.mux.Handle(pattern, h) }

// Err returns what was wrong with the operations registered, or nil.
func (a *API) Err() error { return errors.Join(a.errs...) }

// Register adds an operation. Before the handler runs, the access rule of the operation is enforced and the request
// checked against the tags of I; see huma.Register for both types. op.Errors lists the statuses the handler adds to
// those that every operation can have. An operation the access table does not know is not served; see Err.
func Register[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	rule, known := a.rule(&op)
	if !known {
		return
	}
	describeAccess(&op, rule)
	describeProblems(a.huma.OpenAPI().Components.Schemas, &op, rule, reflect.TypeFor[I]())
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = a.options.MaxBody
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
	describeTrace(a.huma.OpenAPI().Components, &op)
	h := plainly(a, &op, op.MaxBodyBytes, handler, a.handlers[op.OperationID])
	a.mux.Handle(op.Method+" "+op.Path, traced(&op, a.guard(op.OperationID, rule, h)))
}

// rule returns the operation's row of the access table. That there is none is told by Err.
func (a *API) rule(op *huma.Operation) (auth.Rule, bool) {
	rule, known := a.options.Access[op.OperationID]
	if !known {
		a.errs = append(a.errs, fmt.Errorf("operation %q (%s %s) is missing from the access table", op.OperationID, op.Method, op.Path))
	}
	return rule, known
}

// guard lets through whom the rule allows. The rule is looked up once, when the operation is registered.
func (a *API) guard(operation string, rule auth.Rule, next http.Handler) http.Handler {
	if rule.Public {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, signedIn := auth.FromContext(r.Context())
		switch {
		case !signedIn:
			WriteProblem(w, r, fault.New(fault.Unauthenticated, "unauthenticated", "Sign in first: this needs a bearer token."))
		case !rule.Allows(p):
			err := fault.New(fault.Forbidden, "forbidden", "This needs the role "+strings.Join(rule.Roles, " or ")+".")
			a.options.Audit(r.Context(), audit.Entry{
				Action: audit.Denied, User: p.UserID, Object: audit.Object{Type: "operation", ID: operation}, Reason: err.Code,
			})
			WriteProblem(w, r, err)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (a *API) problem(ctx context.Context, err error) *Problem {
	p := NewProblem(ctx, err)
	if p.Status >= http.StatusInternalServerError {
		a.options.Failed(ctx, err)
	}
	return p
}

// Document returns the OpenAPI 3.1 document, indented; the same operations give the same bytes.
func (a *API) Document() []byte {
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(a.huma.OpenAPI()); err != nil {
		panic(fmt.Sprintf("an OpenAPI document cannot fail to encode: %v", err))
	}
	return document.Bytes()
}
