package drills

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	shipPause   = 500 * time.Millisecond
	shipTimeout = time.Second
)

// shipper stands in for Filebeat, Elasticsearch and the exporter between Filebeat and Prometheus: containers/filebeat_test.go has
// the real ones. It hands the services' lines to a server, through a line that can be cut, and counts them by the names and in the
// sense of observability/filebeat/metrics.yml.
type shipper struct {
	written func() string // all lines, from the first on
	to      string        // URL of what takes them
	store   *httptest.Server
	figures *httptest.Server
	client  *http.Client

	acked, failed, waiting atomic.Int64
	stop                   context.CancelFunc
	running                sync.WaitGroup
}

// openShipper begins to ship; line returns the address of a way to an address.
func openShipper(written func() string, line func(name, address string) (string, error)) (*shipper, error) {
	s := &shipper{written: written, client: &http.Client{Timeout: shipTimeout}}
	s.store = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	way, err := line("elasticsearch", strings.TrimPrefix(s.store.URL, "http://"))
	if err != nil {
		s.store.Close()
		return nil, err
	}
	s.to = "http://" + way
	s.figures = httptest.NewServer(promhttp.HandlerFor(s.registry(), promhttp.HandlerOpts{}))
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.running.Go(func() { s.run(ctx) })
	return s, nil
}

func (s *shipper) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	counter := func(name string, value func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: name}, value))
	}
	counter("log_shipper_acked_events_total", func() float64 { return float64(s.acked.Load()) })
	counter("log_shipper_failed_events_total", func() float64 { return float64(s.failed.Load()) })
	counter("log_shipper_dropped_events_total", func() float64 { return 0 })
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "log_shipper_waiting_events", Help: "Lines that were read and that nobody has taken yet.",
	}, func() float64 { return float64(s.waiting.Load()) }))
	return r
}

// metrics returns the address that Prometheus scrapes.
func (s *shipper) metrics() string { return strings.TrimPrefix(s.figures.URL, "http://") }

func (s *shipper) run(ctx context.Context) {
	ticker := time.NewTicker(shipPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.ship(ctx)
		}
	}
}

// ship sends what was not taken yet. Of a line only the number matters.
func (s *shipper) ship(ctx context.Context) {
	waiting := int64(strings.Count(s.written(), "\n")) - s.acked.Load()
	s.waiting.Store(waiting)
	if waiting == 0 {
		return
	}
	if err := ask(ctx, s.client, http.MethodPost, s.to, nil, fmt.Sprint(waiting, " lines")); err != nil {
		s.failed.Add(waiting)
		return
	}
	s.acked.Add(waiting)
	s.waiting.Store(0)
}

// close ends the shipping and all that stood in for something.
func (s *shipper) close() {
	s.stop()
	s.running.Wait()
	s.client.CloseIdleConnections()
	s.store.Close()
	s.figures.Close()
}
