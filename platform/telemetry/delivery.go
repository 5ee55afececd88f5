package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// deliveryBuckets are the upper bounds of the classic buckets of deliveries, in seconds, each five times the one before: from
// what a message takes through a broker next door to what it takes while a broker is away for a minute.
func deliveryBuckets() []float64 {
	return []float64{.004, .02, .1, .5, 2.5, 12.5, 62.5}
}

// consumption is what is measured of consumed messages: how long it took to process them and, from the time of the message
// itself, until that was done.
type consumption struct {
	processing *prometheus.HistogramVec
	delivery   *prometheus.HistogramVec
	series     *cache[[3]string, consumed]
}

// consumed are the series of a topic's messages of one type and outcome. Both are found in one look-up.
type consumed struct {
	processing *series
	delivery   *series // nil for failures: such a message has not been delivered
}

func newConsumption() *consumption {
	c := &consumption{
		processing: newHistogram("messaging_process_duration_seconds", "Time to process a message, retries included.",
			durationBuckets(), "messaging_destination_name", "type", "outcome"),
		delivery: newHistogram("messaging_delivery_duration_seconds",
			"Time from when a message's event happened until the message was processed.",
			deliveryBuckets(), "messaging_destination_name"),
	}
	c.series = newCache(func(labels [3]string) consumed {
		found := consumed{processing: newSeries(c.processing.WithLabelValues(labels[:]...), durationBuckets())}
		if labels[2] == succeeded {
			found.delivery = newSeries(c.delivery.WithLabelValues(labels[0]), deliveryBuckets())
		}
		return found
	})
	return c
}

// observe adds a message that was processed from start to end; happened is its own time, zero where it does not say.
func (c *consumption) observe(happened, start, end time.Time, span trace.SpanContext, topic, typ, outcome string) {
	found := c.series.get([3]string{topic, typ, outcome})
	found.processing.observe(start, end, span)
	if found.delivery == nil || happened.IsZero() {
		return
	}
	if happened.After(end) { // by the clock of whoever published it
		happened = end
	}
	found.delivery.observe(happened, end, span)
}
