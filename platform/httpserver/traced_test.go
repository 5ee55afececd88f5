package httpserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
)

func TestAnswersOfChangesAndProblemsNameTheirTrace(t *testing.T) {
	t.Parallel()
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 2, 3}, SpanID: trace.SpanID{4}})
	for _, c := range []struct {
		name    string
		request *http.Request
		as      *auth.Principal
		fails   error
		status  int
		named   bool
	}{
		{"a change", post(goodShow), organizer, nil, http.StatusCreated, true},
		{"a change without an answer", httptest.NewRequest(http.MethodDelete, "/shows/1", nil), customer, nil, http.StatusNoContent, true},
		{"a change that is refused", post(`{}`), organizer, nil, http.StatusBadRequest, true},
		{"a change by nobody", post(goodShow), nil, nil, http.StatusUnauthorized, true},
		{"a change by somebody else", post(goodShow), customer, nil, http.StatusForbidden, true},
		{"a reading answer", httptest.NewRequest(http.MethodGet, "/shows", nil), nil, nil, http.StatusOK, false},
		{"a problem", httptest.NewRequest(http.MethodGet, "/shows/1", nil), nil, fault.Missing("show"), http.StatusNotFound, true},
		{"no route", httptest.NewRequest(http.MethodGet, "/nowhere", nil), nil, nil, http.StatusNotFound, true},
	} {
		s := newShop(t)
		s.answer = c.fails
		w := serve(s.Handler(), c.request.WithContext(trace.ContextWithSpanContext(c.request.Context(), span)), c.as)
		require.Equal(t, c.status, w.Code, c.name)
		var want []string
		if c.named {
			want = []string{span.TraceID().String()}
		}
		require.Equal(t, want, w.Header().Values("Trace-Id"), c.name)
	}
	w := serve(newShop(t).Handler(), post(goodShow), organizer)
	require.Empty(t, w.Header().Values("Trace-Id"), "without a trace there is nothing to name")
}

func TestDocumentTellsOfTheTraceHeader(t *testing.T) {
	t.Parallel()
	var d struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Headers map[string]struct {
					Ref string `json:"$ref"`
				}
			}
		}
		Components struct {
			Headers map[string]any
		}
	}
	require.NoError(t, json.Unmarshal(newShop(t).Document(), &d))
	require.Contains(t, d.Components.Headers, "Trace-Id")
	for status, answer := range d.Paths["/shows"]["post"].Responses {
		require.Equal(t, "#/components/headers/Trace-Id", answer.Headers["Trace-Id"].Ref, status)
	}
	require.NotContains(t, d.Paths["/shows"]["get"].Responses["200"].Headers, "Trace-Id")
	require.Contains(t, d.Paths["/shows"]["get"].Responses["500"].Headers, "Trace-Id")
}
