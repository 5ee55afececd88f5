package httpserver_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
)

func TestGoodRequestIsAnswered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, contentType := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON", ""} {
		r := post(goodShow)
		r.Header.Set("Content-Type", contentType)
		w := serve(s.Handler(), r, organizer)
		require.Equal(t, http.StatusCreated, w.Code, w.Body)
		require.Equal(t, "application/json", w.Header().Get("Content-Type"))
		require.JSONEq(t, goodShow, w.Body.String(), "no $schema, no nulls")
		require.Empty(t, w.Header().Get("Link"))
	}
}

func TestUnknownPathAndMethodAreProblems(t *testing.T) {
	t.Parallel()
	s := newShop(t)

	w := serve(s.Handler(), httptest.NewRequest(http.MethodGet, "/nowhere", nil), nil)
	require.Equal(t, http.StatusNotFound, problem(t, w).Status)

	r := httptest.NewRequest(http.MethodPut, "/shows/1", nil)
	w = serve(s.Handler(), r, nil)
	require.Equal(t, http.StatusMethodNotAllowed, problem(t, w).Status)
	require.Equal(t, "method-not-allowed", problem(t, w).Code)
	require.Equal(t, "DELETE, GET, HEAD", w.Header().Get("Allow"))
	require.Empty(t, r.Pattern, "telemetry must see that no route matched")
}

func TestAccessRules(t *testing.T) {
	t.Parallel()
	remove := func() *http.Request { return httptest.NewRequest(http.MethodDelete, "/shows/1", nil) }
	list := func() *http.Request { return httptest.NewRequest(http.MethodGet, "/shows", nil) }
	bad := func() *http.Request { return post("not even JSON") }
	for name, c := range map[string]struct {
		request *http.Request
		as      *auth.Principal
		status  int
	}{
		"public, nobody":             {list(), nil, http.StatusOK},
		"public, somebody":           {list(), customer, http.StatusOK},
		"signed in, nobody":          {remove(), nil, http.StatusUnauthorized},
		"signed in, somebody":        {remove(), customer, http.StatusNoContent},
		"role, nobody":               {post(goodShow), nil, http.StatusUnauthorized},
		"role, without it":           {post(goodShow), customer, http.StatusForbidden},
		"role, with it":              {post(goodShow), organizer, http.StatusCreated},
		"access comes before checks": {bad(), nil, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			w := serve(s.Handler(), c.request, c.as)
			require.Equal(t, c.status, w.Code, w.Body)
			switch c.status {
			case http.StatusUnauthorized:
				require.Equal(t, "Bearer", w.Header().Get("WWW-Authenticate"))
				require.Equal(t, "unauthenticated", problem(t, w).Code)
				require.Empty(t, s.denied)
			case http.StatusForbidden:
				require.Equal(t, "forbidden", problem(t, w).Code)
				require.Equal(t, []string{"access.denied create-show carl forbidden"}, s.denied)
			}
		})
	}
}

func TestOperationMissingFromTheTableIsNotServed(t *testing.T) {
	t.Parallel()
	a := httpserver.NewAPI(httpserver.APIOptions{})
	httpserver.Register(a, huma.Operation{OperationID: "secret", Method: http.MethodGet, Path: "/secret"},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })

	require.ErrorContains(t, a.Err(), `"secret" (GET /secret)`)
	require.Equal(t, http.StatusNotFound, serve(a.Handler(), httptest.NewRequest(http.MethodGet, "/secret", nil), organizer).Code)
}

func TestErrorsOfHandlersBecomeProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"invalid":         {fault.InvalidField("seats", "must be few"), 400, "invalid-request"},
		"unauthenticated": {fault.New(fault.Unauthenticated, "token-expired", ""), 401, "token-expired"},
		"forbidden":       {fault.New(fault.Forbidden, "forbidden", ""), 403, "forbidden"},
		"not found":       {fault.Missing("show"), 404, "show-not-found"},
		"conflict":        {fault.New(fault.Conflict, "sold-out", "There are no seats left."), 409, "sold-out"},
		"unavailable":     {fault.Away("database", errors.New("secret")), 503, "unavailable"},
		"too many":        {fault.New(fault.Unavailable, "too-many-requests", ""), 429, "too-many-requests"},
		"reused key":      {fault.New(fault.Conflict, "idempotency-key-reused", ""), 422, "idempotency-key-reused"},
		"wrapped":         {errors.Join(errors.New("secret"), fault.Missing("show")), 404, "show-not-found"},
		"unknown":         {errors.New("secret"), 500, "internal"},
		"internal":        {fault.New(fault.Internal, "secret", "secret"), 500, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.answer = c.err
			w := serve(s.Handler(), httptest.NewRequest(http.MethodGet, "/shows/1", nil), nil)

			p := problem(t, w)
			require.Equal(t, c.status, p.Status)
			require.Equal(t, c.code, p.Code)
			require.NotContains(t, w.Body.String(), "secret")
			if c.status >= 500 {
				require.Equal(t, []error{c.err}, s.failed)
			} else {
				require.Empty(t, s.failed)
			}
			if c.status == 503 || c.status == 429 {
				require.Equal(t, "1", w.Header().Get("Retry-After"))
			}
		})
	}
}

func TestCallerWhoLeavesIsNoFailure(t *testing.T) {
	t.Parallel()
	for _, err := range []error{context.Canceled, fault.Away("database", context.Canceled), fault.Missing("show")} {
		s := newShop(t)
		s.answer = err
		ctx, leave := context.WithCancel(t.Context())
		leave()
		w := serve(s.Handler(), httptest.NewRequest(http.MethodGet, "/shows/1", nil).WithContext(ctx), nil)
		require.Equal(t, map[fault.Kind]int{fault.Internal: 499, fault.Unavailable: 499, fault.NotFound: 404}[fault.KindOf(err)], w.Code)
		require.Empty(t, s.failed)
	}
}

func TestProblemCarriesTheTraceID(t *testing.T) {
	t.Parallel()
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 2, 3}, SpanID: trace.SpanID{4}})
	for name, request := range map[string]*http.Request{
		"of a handler": httptest.NewRequest(http.MethodGet, "/shows/1", nil),
		"of a check":   httptest.NewRequest(http.MethodGet, "/shows?limit=x", nil),
		"of no route":  httptest.NewRequest(http.MethodGet, "/nowhere", nil),
		"of a rule":    httptest.NewRequest(http.MethodDelete, "/shows/1", nil),
	} {
		s := newShop(t)
		s.answer = fault.Missing("show")
		r := request.WithContext(trace.ContextWithSpanContext(request.Context(), span))
		require.Equal(t, span.TraceID().String(), problem(t, serve(s.Handler(), r, nil)).TraceID, name)
	}
}

func TestRetryAfterOfTheCallerIsKept(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	w.Header().Set("Retry-After", "7")
	httpserver.WriteProblem(w, httptest.NewRequest(http.MethodGet, "/", nil), fault.New(fault.Unavailable, "too-many-requests", ""))
	require.Equal(t, "7", w.Header().Get("Retry-After"))
}

func TestItemsOfAPageAreNeverNull(t *testing.T) {
	t.Parallel()
	w := serve(newShop(t).Handler(), httptest.NewRequest(http.MethodGet, "/shows", nil), nil)
	require.JSONEq(t, `{"items": [], "next_cursor": "next"}`, w.Body.String())
}

func TestEncodedPageIsAnsweredAsItIs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	w := serve(s.Handler(), httptest.NewRequest(http.MethodGet, "/cached", nil), nil)
	require.Equal(t, s.cached, w.Body.Bytes())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, "4012", w.Header().Get("Content-Length"))
	require.Equal(t, `"1"`, w.Header().Get("ETag"))

	r := httptest.NewRequest(http.MethodGet, "/cached", nil)
	r.Header.Set("If-None-Match", `"1"`)
	w = serve(s.Handler(), r, nil)
	require.Equal(t, http.StatusNotModified, w.Code)
	require.Zero(t, w.Body.Len())
}

func TestBrokenQueryIsRefused(t *testing.T) {
	t.Parallel()
	mux := httpserver.NewMux()
	mux.HandleFunc("GET /x", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for query, want := range map[string]int{
		"": 204, "?a=1&b=%20": 204, "?a=%": 400, "?a=%zz": 400, "?a=1;b=2": 400,
	} {
		r := httptest.NewRequest(http.MethodGet, "/x", http.NoBody)
		r.URL.RawQuery = strings.TrimPrefix(query, "?")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		require.Equal(t, want, w.Code, query)
	}
}
