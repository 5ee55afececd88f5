package process_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging/embedded"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

// shop is a service with nothing in it but a span, which it tells when it starts.
type shop struct{ env *process.Env }

func (s shop) Start(ctx context.Context) error {
	_, span := s.env.Telemetry.Tracer.Start(ctx, "open the shop")
	span.End()
	s.env.Telemetry.Log.Info().Msg("the shop is open")
	return nil
}

func (shop) Stop(context.Context) error { return nil }

func (shop) Handler() http.Handler { return http.NotFoundHandler() }

type none struct{}

// runShop runs the process of the shop with these variables until it has opened, stops it, and returns its exit code and
// its log.
func runShop(t *testing.T, environment map[string]string) (code int, log, stderr string) {
	t.Helper()
	broker, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	defer broker.Stop()
	args := []string{
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--broker-url", broker.URL(), "--peers", "identity=http://127.0.0.1:1",
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stdout, errs, ended := &telemetrytest.Output{}, &telemetrytest.Output{}, make(chan int, 1)
	go func() {
		ended <- process.Main(ctx, args, func(name string) string { return environment[name] }, stdout, errs, process.Spec[none]{
			Name: "shop", New: func(_ context.Context, _ none, env *process.Env) (process.Service, error) { return shop{env}, nil },
		})
	}()
	require.Eventually(t, func() bool { return strings.Contains(stdout.String(), "the shop is open") || len(ended) > 0 },
		10*time.Second, 10*time.Millisecond)
	stop()
	return <-ended, stdout.String(), errs.String()
}

// received is a Zipkin that remembers.
func received(t *testing.T) (url string, spans func() []model.SpanModel) {
	t.Helper()
	var mu sync.Mutex
	var all []model.SpanModel
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var batch []model.SpanModel
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &batch); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, batch...)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []model.SpanModel {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

func TestProcessTellsItsSpansUnderItsNameBeforeItEnds(t *testing.T) {
	t.Parallel()
	url, spans := received(t)
	code, log, stderr := runShop(t, map[string]string{
		"OTEL_EXPORTER_ZIPKIN_ENDPOINT": url, "OTEL_SERVICE_NAME": "till", "OTEL_BSP_SCHEDULE_DELAY": "3600000",
		"OTEL_RESOURCE_ATTRIBUTES": "service.name=ignored,deployment.environment.name=market,team=blue",
	})
	require.Zero(t, code, stderr)
	found := spans()
	require.NotEmpty(t, found, "what waits is exported at the end")
	tags := map[string]string{}
	for _, s := range found {
		require.Equal(t, "till", s.LocalEndpoint.ServiceName)
		if s.Name == "open the shop" {
			tags = s.Tags
		}
	}
	require.Equal(t, "till", tags["service.name"])
	require.Equal(t, "market", tags["deployment.environment.name"])
	require.Equal(t, "blue", tags["team"])
	require.Regexp(t, `"service.name":"till".*"service.environment":"market".*the shop is open`, log)
}

func TestProcessWithoutZipkinStopsAsUsual(t *testing.T) {
	t.Parallel()
	began := time.Now()
	code, log, stderr := runShop(t, map[string]string{"OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:1/api/v2/spans"})
	require.Zero(t, code, stderr)
	require.Less(t, time.Since(began), 12*time.Second)
	require.Len(t, regexp.MustCompile(`"event.action":"spans\.`).FindAllString(log, -1), 1, "one line an outage")
}

func TestProcessRefusesNonsense(t *testing.T) {
	t.Parallel()
	code, _, stderr := runShop(t, map[string]string{"OTEL_TRACES_SAMPLER": "sometimes"})
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "OTEL_TRACES_SAMPLER must be")
}
