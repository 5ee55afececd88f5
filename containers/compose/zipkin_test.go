package compose_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/myevents/myevents/containers"
)

const (
	spansOfATrace  = 10
	tracesOfABatch = 100
)

// TestZipkinKeepsToItsMemory fills a Zipkin, as compose.yaml starts it, twice over: it forgets, and is not killed.
func TestZipkinKeepsToItsMemory(t *testing.T) {
	t.Parallel()
	s := services(t)["zipkin"]
	memory, err := strconv.ParseInt(s.MemLimit, 10, 64)
	require.NoError(t, err)
	bound, err := strconv.Atoi(s.Environment["MEM_MAX_SPANS"])
	require.NoError(t, err)
	zipkin, err := containers.Start(t.Context(), containers.Part{
		Name: "zipkin", Image: s.Image, Env: s.Environment, Memory: memory, Ports: []string{"9411/tcp"},
		Ready: wait.ForHTTP("/health").WithPort("9411/tcp").WithStartupTimeout(4 * time.Minute),
	})
	require.NoError(t, err)
	zipkin.LogOnFailure(t)
	api := "http://" + zipkin.Address("9411/tcp") + "/api/v2/"

	client := &http.Client{Timeout: time.Minute}
	last := 2 * bound / spansOfATrace
	for first := 1; first <= last; first += tracesOfABatch {
		res, err := client.Post(api+"spans", "application/json", bytes.NewReader(traces(t, first, tracesOfABatch)))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusAccepted, res.StatusCode)
	}
	answers := func(trace, status int) bool {
		res, err := client.Get(fmt.Sprintf("%strace/%032x", api, trace))
		if err != nil {
			return false
		}
		return res.Body.Close() == nil && res.StatusCode == status
	}
	require.Eventually(t, func() bool { return answers(last, http.StatusOK) && answers(1, http.StatusNotFound) },
		10*time.Second, 100*time.Millisecond, "it should have the newest trace, and not the oldest")
	ended, code, err := zipkin.Ended(t.Context())
	require.NoError(t, err)
	require.False(t, ended, "exit code %d", code)
}

// traces returns that many, numbered from first, of spans as large as those of a message.
func traces(t *testing.T, first, n int) []byte {
	t.Helper()
	type object = map[string]any
	var spans []object
	for trace := first; trace < first+n; trace++ {
		booking := fmt.Sprintf("%08x-0000-7000-8000-000000000000", trace)
		tags := object{
			"messaging.system": "rabbitmq", "messaging.operation.type": "process", "messaging.operation.name": "process",
			"messaging.destination.name": "booking", "messaging.consumer.group.name": "search", "messaging.message.id": booking + ".1",
			"cloudevents.event_id": booking + ".1", "cloudevents.event_type": "booking.confirmed", "cloudevents.event_subject": booking,
			"service.version": "a1b2c3d4e5f6", "deployment.environment.name": "development",
		}
		for span := range spansOfATrace {
			spans = append(spans, object{
				"traceId": fmt.Sprintf("%032x", trace), "id": fmt.Sprintf("%016x", trace*spansOfATrace+span), "name": "process booking.confirmed",
				"timestamp": time.Now().UnixMicro(), "duration": 1000, "kind": "CONSUMER",
				"localEndpoint": object{"serviceName": "search"}, "tags": tags,
			})
		}
	}
	encoded, err := json.Marshal(spans)
	require.NoError(t, err)
	return encoded
}
