package allinone_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/stretchr/testify/require"
)

func TestServicesShareOneExporterAndKeepTheirNames(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	told := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var batch []model.SpanModel
		err := json.NewDecoder(r.Body).Decode(&batch)
		mu.Lock()
		defer mu.Unlock()
		for _, s := range batch {
			told[s.LocalEndpoint.ServiceName] = err == nil
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	app := start(t, configure(t, "--demo", "--otel-exporter-zipkin-endpoint", server.URL))

	require.Equal(t, http.StatusOK, call(t, http.MethodGet, app.GatewayURL()+"/api/v1/events", "", "", nil))
	require.NoError(t, app.FlushSpans(t.Context()))
	mu.Lock()
	defer mu.Unlock()
	for _, name := range []string{"gateway", "event"} {
		require.True(t, told[name], "%s in %v", name, told)
	}
	require.NoError(t, app.Stop(t.Context()))
}

func TestStopTellsWhatWaits(t *testing.T) {
	t.Parallel()
	requests := make(chan struct{}, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests <- struct{}{}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	app := start(t, configure(t, "--otel-exporter-zipkin-endpoint", server.URL, "--otel-bsp-schedule-delay", "3600000"))
	require.Equal(t, http.StatusOK, call(t, http.MethodGet, app.GatewayURL()+"/api/v1/events", "", "", nil))
	require.NoError(t, app.Stop(t.Context()))
	require.NotEmpty(t, requests)
}
