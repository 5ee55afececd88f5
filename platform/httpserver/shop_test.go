package httpserver_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/httpserver"
)

type price struct {
	Amount   int64  `json:"amount" minimum:"0"`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$"`
}

type hall struct {
	Name     string `json:"name" minLength:"1" maxLength:"5"`
	Capacity int    `json:"capacity" minimum:"1"`
}

type show struct {
	Name     string     `json:"name" minLength:"1" maxLength:"20"`
	StartsAt time.Time  `json:"starts_at"`
	Seats    int        `json:"seats" minimum:"1" maximum:"100"`
	Price    *price     `json:"price,omitempty"`
	Halls    []hall     `json:"halls,omitempty" maxItems:"2"`
	Email    string     `json:"email,omitempty" format:"email"`
	Kind     string     `json:"kind,omitempty" enum:"jazz,rock"`
	EndsAt   *time.Time `json:"ends_at,omitempty"`
}

type createInput struct {
	Key  string `header:"Idempotency-Key" required:"true"`
	Body show
}

type listInput struct {
	Limit int       `query:"limit" default:"20" minimum:"1" maximum:"100"`
	From  time.Time `query:"from"`
	All   bool      `query:"all"`
}

type (
	pathInput struct {
		ID string `path:"id" maxLength:"8"`
	}
	showOutput struct{ Body show }
	listOutput struct{ Body httpserver.Page[show] }
	pageOutput struct {
		Status int
		ETag   string `header:"ETag"`
		Body   httpserver.Encoded[httpserver.Page[show]]
	}
)

// shop is an API with every kind of operation, and a record of what it reports.
type shop struct {
	*httpserver.API
	denied []string
	failed []error
	answer error // what get-show returns
	cached []byte
}

func newShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{cached: []byte(`{"items":[]}` + strings.Repeat(" ", 4000))}
	s.API = httpserver.NewAPI(httpserver.APIOptions{
		Title: "Shop", Version: "1",
		MaxBody: 1000,
		Access: auth.Table{
			"create-show": {Roles: []string{auth.RoleOrganizer}},
			"list-shows":  {Public: true},
			"get-show":    {Public: true},
			"cached-page": {Public: true},
			"delete-show": {Owner: auth.Callers},
			"panic":       {Public: true},
		},
		Audit: func(_ context.Context, e audit.Entry) {
			s.denied = append(s.denied, e.Action+" "+e.Object.ID+" "+e.User+" "+e.Reason)
		},
		Failed: func(_ context.Context, err error) { s.failed = append(s.failed, err) },
	})
	httpserver.Register(s.API, huma.Operation{
		OperationID: "create-show", Method: http.MethodPost, Path: "/shows", DefaultStatus: http.StatusCreated,
		Errors: []int{http.StatusConflict},
	}, func(_ context.Context, in *createInput) (*showOutput, error) { return &showOutput{in.Body}, nil })
	httpserver.Register(s.API, huma.Operation{OperationID: "list-shows", Method: http.MethodGet, Path: "/shows"},
		func(context.Context, *listInput) (*listOutput, error) {
			return &listOutput{httpserver.Page[show]{NextCursor: "next"}}, nil
		})
	httpserver.Register(s.API, huma.Operation{OperationID: "cached-page", Method: http.MethodGet, Path: "/cached"},
		func(_ context.Context, in *struct {
			Match string `header:"If-None-Match"`
		}) (*pageOutput, error) {
			out := &pageOutput{Status: http.StatusOK, ETag: `"1"`}
			if in.Match == out.ETag {
				out.Status = http.StatusNotModified
				return out, nil
			}
			out.Body.JSON = s.cached
			return out, nil
		})
	httpserver.Register(s.API, huma.Operation{OperationID: "get-show", Method: http.MethodGet, Path: "/shows/{id}"},
		func(_ context.Context, in *pathInput) (*showOutput, error) {
			return &showOutput{show{Name: in.ID}}, s.answer
		})
	httpserver.Register(s.API, huma.Operation{OperationID: "delete-show", Method: http.MethodDelete, Path: "/shows/{id}"},
		func(context.Context, *pathInput) (*struct{}, error) { return nil, nil })
	require.NoError(t, s.Err())
	return s
}

var (
	organizer = &auth.Principal{UserID: "olga", Roles: []string{auth.RoleOrganizer}}
	customer  = &auth.Principal{UserID: "carl", Roles: []string{auth.RoleCustomer}}
)

func serve(h http.Handler, r *http.Request, as *auth.Principal) *httptest.ResponseRecorder {
	if as != nil {
		r = r.WithContext(auth.WithPrincipal(r.Context(), *as))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func problem(t *testing.T, w *httptest.ResponseRecorder) httpserver.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), w.Body.String())
	var p httpserver.Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, w.Code, p.Status)
	require.Equal(t, "urn:myevents:problem:"+p.Code, p.Type)
	require.Equal(t, http.StatusText(p.Status), p.Title)
	return p
}

const goodShow = `{"name": "Jazz", "starts_at": "2030-01-02T20:00:00Z", "seats": 2}`

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/shows", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "k")
	return r
}
