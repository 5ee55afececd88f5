package httpserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/httpserver"
)

func TestStreamIsAnOperationWhoseAnswerIsItsHandlers(t *testing.T) {
	t.Parallel()
	api := httpserver.NewAPI(httpserver.APIOptions{Title: "shop", Version: "1", Access: auth.Table{
		"watch": auth.Rule{Public: true}, "watch-own": auth.Rule{Owner: auth.Callers},
	}})
	stream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("data: 1"))
	})
	for id, path := range map[string]string{"watch": "/prices", "watch-own": "/own"} {
		httpserver.RegisterStream[price](api, huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Errors: []int{400}}, stream)
	}
	require.NoError(t, api.Err())

	answer := httptest.NewRecorder()
	api.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/prices", http.NoBody))
	require.Equal(t, "data: 1", answer.Body.String())
	refused := httptest.NewRecorder()
	api.Handler().ServeHTTP(refused, httptest.NewRequest(http.MethodGet, "/own", http.NoBody))
	require.Equal(t, http.StatusUnauthorized, refused.Code)

	var document struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Content map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal(api.Document(), &document))
	responses := document.Paths["/prices"]["get"].Responses
	require.Contains(t, responses["200"].Content, "text/event-stream")
	require.Contains(t, responses, "400")
}

func TestStreamThatNoRuleIsAboutIsNotServed(t *testing.T) {
	t.Parallel()
	api := httpserver.NewAPI(httpserver.APIOptions{Title: "shop", Version: "1"})
	watch := huma.Operation{OperationID: "watch", Method: http.MethodGet, Path: "/prices"}
	httpserver.RegisterStream[price](api, watch, http.NotFoundHandler())
	require.ErrorContains(t, api.Err(), "missing from the access table")
}

// measured is a response writer that learns when the head is out.
type measured struct {
	http.ResponseWriter
	told int
}

func (m *measured) HeadOut() { m.told++ }

// wrapping stands for what other middleware puts around a response writer.
type wrapping struct{ http.ResponseWriter }

func (w wrapping) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestWhoeverMeasuresLearnsThatTheHeadIsOut(t *testing.T) {
	t.Parallel()
	m := &measured{ResponseWriter: httptest.NewRecorder()}
	httpserver.HeadOut(wrapping{wrapping{m}})
	require.Equal(t, 1, m.told)
	httpserver.HeadOut(wrapping{httptest.NewRecorder()}) // nobody does
}
