package telemetry_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/telemetry"
)

func TestDeliveryLastsFromTheEventUntilItIsProcessed(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		happened time.Time
		err      error
		count    uint64
		sum      float64
	}{
		"half a minute":                {now.Add(-30 * time.Second), nil, 1, 30},
		"by a clock that is ahead":     {now.Add(time.Hour), nil, 1, 0},
		"an event that does not say":   {time.Time{}, nil, 0, 0},
		"a failure delivers nothing":   {now, errors.New("broken"), 0, 0},
		"back to the broker, nor that": {now, context.Canceled, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewRegistry()
			voice, err := telemetry.New(telemetry.Options{
				Service: "search", Logs: &strings.Builder{}, Registry: registry, Clock: func() time.Time { return now },
			})
			require.NoError(t, err)
			_, end := voice.StartProcess(t.Context(), "search", "booking", cloudevent.Event{Type: "booking.confirmed", Time: c.happened})
			end(c.err)
			count, sum := delivery(t, registry)
			require.Equal(t, c.count, count)
			require.InDelta(t, c.sum, sum, 0.001)
		})
	}
}

func TestDeliveriesOfATopicAreOneSeriesFromTheStart(t *testing.T) {
	t.Parallel()
	o := listen(t)
	o.telemetry.DeclareMessages("booking", "booking.confirmed", "booking.cancelled")
	require.Equal(t, 1, testutil.CollectAndCount(o.registry, "messaging_delivery_duration_seconds"))
}

func TestExemplarOfADeliveryIsItsTrace(t *testing.T) {
	t.Parallel()
	o := listen(t)
	_, end := o.telemetry.StartProcess(t.Context(), "search", "booking", cloudevent.Event{Type: "booking.confirmed", Time: time.Now()})
	end(nil)
	_, exemplars := histograms(t, o.registry, "messaging_delivery_duration_seconds")
	require.Equal(t, 1, exemplars)
}

// delivery returns what the metric's only series has counted and summed up; 0 where there is none.
func delivery(t *testing.T, r *prometheus.Registry) (count uint64, sum float64) {
	t.Helper()
	all, err := r.Gather()
	require.NoError(t, err)
	for _, family := range all {
		if family.GetName() == "messaging_delivery_duration_seconds" {
			require.Len(t, family.GetMetric(), 1)
			h := family.GetMetric()[0].GetHistogram()
			return h.GetSampleCount(), h.GetSampleSum()
		}
	}
	return 0, 0
}

func TestClockIsTheServices(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	_, err := telemetry.New(telemetry.Options{
		Service: "a", Logs: &strings.Builder{}, Registry: registry, Clock: func() time.Time { return time.Unix(1_700_000_000, 0) },
	})
	require.NoError(t, err)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP myevents_clock_timestamp_seconds What the service takes for now.
# TYPE myevents_clock_timestamp_seconds gauge
myevents_clock_timestamp_seconds{service="a"} 1.7e+09
`), "myevents_clock_timestamp_seconds"))
}
