package app_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/app"
)

func TestStreamOfSeatsEndsWhenTheServerStops(t *testing.T) {
	t.Parallel()
	events := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items":[{"id":"e1","version":3,"status":"scheduled","seats_left":7}]}`)
	})
	a, err := app.New(t.Context(), config(), environment(t, map[string]http.Handler{gateway.Event: events}, beside{}))
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	server := httpserver.NewServer(httpserver.ServerOptions{Listen: "127.0.0.1:0", Handler: a.Handler(), Drain: time.Minute})
	require.NoError(t, server.Start(t.Context()))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+server.Addr()+"/api/v1/seats?event=e1&event=unknown", http.NoBody)
	require.NoError(t, err)
	answer, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
		continue
	}
	require.JSONEq(t, `{"event_id":"e1","seats_left":7,"status":"scheduled","version":3}`, strings.TrimPrefix(lines.Text(), "data: "))

	require.NoError(t, server.Stop(ctx), "it need not wait for the stream")
	for lines.Scan() {
		continue
	}
	require.NoError(t, lines.Err(), "the stream has ended as it should")
	require.NoError(t, a.Stop(ctx))
}
