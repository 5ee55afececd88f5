// Package browser is what the web page needs besides the API that everybody has: its user's session in a cookie, what it
// has to be told, and a way for its spans into the trace they belong to.
package browser

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/gateway/forward"
)

// The paths of the page's own operations.
const (
	apiPrefix    = "/api/v1/"
	prefix       = apiPrefix + "browser/"
	sessionPath  = prefix + "session"
	settingsPath = prefix + "settings"
	spansPath    = prefix + "spans"
)

// Options are what the operations need. To describe them nothing is needed.
type Options struct {
	Identity *forward.Service
	Clock    func() time.Time

	Links       Links
	SampleRatio float64                     // share of traces that the page should begin as sampled
	Spans       *telemetry.Elsewhere        // takes the page's spans; nil: nobody does
	Counted     func(outcome string, n int) // hears what became of spans
}

// Register adds the operations to the API.
func Register(api *httpserver.API, o Options) {
	tags := []string{"browser"}
	s := &sessions{identity: identity{o.Identity}, clock: o.Clock}
	httpserver.Register(api, huma.Operation{
		OperationID: "create-browser-session", Method: http.MethodPost, Path: sessionPath, Tags: tags,
		Summary: "Sign in with a cookie", Errors: []int{http.StatusUnauthorized, http.StatusForbidden},
		Description: "For the web page: the token comes in a cookie that scripts cannot read, and lives 10 minutes. " +
			"Problems: `invalid-credentials`, `cross-origin`.",
	}, s.create)
	httpserver.Register(api, huma.Operation{
		OperationID: "renew-browser-session", Method: http.MethodPut, Path: sessionPath, Tags: tags,
		Summary: "Renew the cookie", Errors: []int{http.StatusForbidden},
		Description: "Possible for 12 hours. Problems: `session-expired`, `session-revoked`, `cross-origin`.",
	}, s.renew)
	httpserver.Register(api, huma.Operation{
		OperationID: "delete-browser-session", Method: http.MethodDelete, Path: sessionPath, Tags: tags,
		Summary: "Sign out and clear the cookie", DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusForbidden},
		Description: "The cookie goes in any case; where the identity service is away its token lives on for its 10 minutes, in nobody's " +
			"hands. Problems: `cross-origin`.",
	}, s.delete)
	httpserver.Register(api, huma.Operation{
		OperationID: "get-browser-settings", Method: http.MethodGet, Path: settingsPath, Tags: tags,
		Summary: "Read what the page has to know of this platform",
	}, settings(o))
	httpserver.Register(api, huma.Operation{
		OperationID: "report-browser-spans", Method: http.MethodPost, Path: spansPath, Tags: tags,
		Summary: "Add the page's spans to their traces", DefaultStatus: http.StatusAccepted,
		Errors: []int{http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests},
		Description: "All spans of the report are taken, or none. Problems: `invalid-request`, `spans-not-taken`, `too-many-requests`, " +
			"`cross-origin`.",
	}, (&reports{to: o.Spans, clock: o.Clock, counted: o.Counted}).take)
}
