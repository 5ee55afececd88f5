package httpserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/httpserver"
)

// recovered runs h on a route behind Recover and returns the lines logged.
func recovered(w http.ResponseWriter, h http.HandlerFunc) *bytes.Buffer {
	var lines bytes.Buffer
	log := zerolog.New(&lines)
	mux := httpserver.NewMux()
	mux.HandleFunc("GET /shows/{id}", h)
	r := httptest.NewRequest(http.MethodGet, "/shows/7?token=secret&b=2", nil)
	httpserver.Recover(func(context.Context) *zerolog.Logger { return &log }, mux).ServeHTTP(w, r)
	return &lines
}

func TestPanicIsAProblemAndALogLine(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()

	lines := recovered(w, func(http.ResponseWriter, *http.Request) { panic("oh no") })

	p := problem(t, w)
	require.Equal(t, http.StatusInternalServerError, p.Status)
	require.Equal(t, "internal", p.Code)
	require.NotContains(t, w.Body.String(), "oh no")

	var line map[string]any
	require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
	require.Equal(t, "http.panic", line["event.action"])
	require.Equal(t, "GET", line["http.request.method"])
	require.Equal(t, "/shows/{id}", line["http.route"])
	require.InEpsilon(t, 500, line["http.response.status_code"], 0)
	require.Equal(t, []any{"b", "token"}, line["url.query_keys"])
	require.Equal(t, "oh no", line["error.message"])
	require.Contains(t, line["error.stack_trace"], "recover_test.go")
	require.NotContains(t, lines.String(), "secret")
}

func TestPanicAfterPartOfTheAnswerBreaksTheConnection(t *testing.T) {
	t.Parallel()
	require.PanicsWithError(t, http.ErrAbortHandler.Error(), func() {
		recovered(httptest.NewRecorder(), func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic("oh no")
		})
	})
}

func TestAbortPassesThroughUnlogged(t *testing.T) {
	t.Parallel()
	require.PanicsWithError(t, http.ErrAbortHandler.Error(), func() {
		lines := recovered(httptest.NewRecorder(), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		require.Empty(t, lines.String())
	})
}

func TestRecoverPassesAnswersThrough(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	lines := recovered(w, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.Copy(w, strings.NewReader("tea"))
		assert.NoError(t, http.NewResponseController(w).Flush())
	})
	require.Equal(t, http.StatusTeapot, w.Code)
	require.Equal(t, "tea", w.Body.String())
	require.True(t, w.Flushed)
	require.Empty(t, lines.String())
}

type unencodable struct {
	Body struct {
		F float64 `json:"f"`
	}
}

func TestAnswerThatCannotBeEncodedIsAProblem(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	httpserver.Register(s.API, huma.Operation{OperationID: "panic", Method: http.MethodGet, Path: "/panic"},
		func(context.Context, *struct{}) (*unencodable, error) {
			out := &unencodable{}
			zero := 0.0
			out.Body.F = 1 / zero
			return out, nil
		})
	log := zerolog.Nop()
	w := httptest.NewRecorder()
	httpserver.Recover(func(context.Context) *zerolog.Logger { return &log }, s.Handler()).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/panic", nil))
	require.Equal(t, "internal", problem(t, w).Code)
}
