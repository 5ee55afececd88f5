package tracing

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/telemetry/zipkin"
)

// metrics tell what became of spans. They are the process's: all its services share one queue.
type metrics struct {
	exported               prometheus.Counter
	full, failed, shutDown prometheus.Counter
}

func newMetrics(r prometheus.Registerer, limit int, waiting func() int) (*metrics, error) {
	queued := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "myevents_spans_queued", Help: "Spans that wait to be exported.",
	}, func() float64 { return float64(waiting()) })
	most := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "myevents_spans_queue_limit", Help: "Spans that may wait to be exported; more are dropped.",
	})
	most.Set(float64(limit))
	exported := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "myevents_spans_exported_total", Help: "Spans that were exported.",
	})
	dropped := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "myevents_spans_dropped_total", Help: "Spans that were lost: too many waited, the exporter failed, or the process had shut down.",
	}, []string{"reason"})
	for _, c := range []prometheus.Collector{queued, most, exported, dropped} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of spans: %w", err)
		}
	}
	return &metrics{
		exported: exported,
		full:     dropped.WithLabelValues("queue-full"),
		failed:   dropped.WithLabelValues("export-failed"),
		shutDown: dropped.WithLabelValues("shut-down"),
	}, nil
}

// droppedOf returns how many of n spans an export that ended with err has lost.
func droppedOf(err error, n int) int {
	if err == nil {
		return 0
	}
	if d, ok := errors.AsType[*zipkin.DropError](err); ok {
		return d.Spans
	}
	return n
}

// outage writes one line when exports begin to fail and one when they are over it, not one a batch.
type outage struct {
	log     zerolog.Logger
	dropped int // so far; 0: there is no outage
}

func (o *outage) told(err error, dropped int) {
	switch {
	case err != nil && o.dropped == 0:
		o.log.Warn().Err(err).Str("event.action", "spans.export_failed").Msg("spans cannot be exported; they are dropped and counted")
	case err == nil && o.dropped > 0:
		o.log.Info().Int("spans.dropped", o.dropped).Str("event.action", "spans.export_recovered").Msg("spans are exported again")
		o.dropped = 0
	}
	if err != nil {
		o.dropped += max(dropped, 1)
	}
}
