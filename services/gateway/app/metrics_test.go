package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/gateway/app"
)

func TestRefusalsAndSilentServicesAreCounted(t *testing.T) {
	t.Parallel()
	env := environment(t, nil, beside{})
	c := config()
	c.RateLimit, c.RateBurst = 0.001, 6
	a, err := app.New(t.Context(), c, env)
	require.NoError(t, err)
	w := world{handler: a.Handler()}
	for range 6 { // one more than opens a circuit
		require.Equal(t, http.StatusServiceUnavailable, w.call(http.MethodDelete, "/api/v1/bookings/1", "").Code)
	}
	require.Equal(t, http.StatusTooManyRequests, w.call(http.MethodDelete, "/api/v1/bookings/1", "").Code)
	require.NoError(t, testutil.GatherAndCompare(env.Telemetry.Registry, strings.NewReader(`
# HELP gateway_circuit_state 1 for the state the way to a service is in: closed while it is called, open while it is left alone.
# TYPE gateway_circuit_state gauge
gateway_circuit_state{peer="booking",service="gateway",state="closed"} 0
gateway_circuit_state{peer="booking",service="gateway",state="half-open"} 0
gateway_circuit_state{peer="booking",service="gateway",state="open"} 1
gateway_circuit_state{peer="event",service="gateway",state="closed"} 1
gateway_circuit_state{peer="event",service="gateway",state="half-open"} 0
gateway_circuit_state{peer="event",service="gateway",state="open"} 0
gateway_circuit_state{peer="identity",service="gateway",state="closed"} 1
gateway_circuit_state{peer="identity",service="gateway",state="half-open"} 0
gateway_circuit_state{peer="identity",service="gateway",state="open"} 0
gateway_circuit_state{peer="search",service="gateway",state="closed"} 1
gateway_circuit_state{peer="search",service="gateway",state="half-open"} 0
gateway_circuit_state{peer="search",service="gateway",state="open"} 0
# HELP gateway_rate_limited_requests_total Requests refused because their client sent too many.
# TYPE gateway_rate_limited_requests_total counter
gateway_rate_limited_requests_total{service="gateway"} 1
# HELP gateway_unanswered_calls_total Requests for which a service gave no answer or was not asked.
# TYPE gateway_unanswered_calls_total counter
gateway_unanswered_calls_total{peer="booking",service="gateway"} 6
gateway_unanswered_calls_total{peer="event",service="gateway"} 0
gateway_unanswered_calls_total{peer="identity",service="gateway"} 0
gateway_unanswered_calls_total{peer="search",service="gateway"} 0
`), "gateway_circuit_state", "gateway_rate_limited_requests_total", "gateway_unanswered_calls_total"))
}
