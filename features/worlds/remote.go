package worlds

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/myevents/myevents/features/doors"
)

// Doors are the URLs behind which a deployed platform's telemetry is; an empty one is a door that is not there.
type Doors struct {
	Zipkin        string // such as http://zipkin:9411
	Prometheus    string // such as http://prometheus:9090
	Elasticsearch string // may name the indexes of the log lines: http://elasticsearch:9200/logs-*
}

// remote is a deployed platform that others use at the same time.
type remote struct {
	gateway  string
	operator Account
	traces   doors.Traces
	metrics  doors.Metrics
	logs     doors.Logs
	idle     []func() // give back the connections of the doors that are not in use
}

// Remote returns the source of a deployed platform at the base URL, such as https://staging.example.org. The operator
// is an account of that platform; without one only scenarios that need no organizer can run.
func Remote(base string, operator Account, d Doors) (Source, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("the remote world needs a URL such as https://staging.example.org, not %q", base)
	}
	world := remote{gateway: strings.TrimRight(base, "/"), operator: operator}
	world.open(d)
	return func(context.Context) (World, error) { return world, nil }, nil
}

func (r *remote) open(d Doors) {
	if d.Zipkin != "" {
		zipkin := doors.NewZipkin(d.Zipkin)
		r.traces, r.idle = zipkin, append(r.idle, zipkin.Close)
	}
	if d.Prometheus != "" {
		prometheus := doors.NewPrometheus(d.Prometheus)
		r.metrics, r.idle = prometheus, append(r.idle, prometheus.Close)
	}
	if d.Elasticsearch != "" {
		elasticsearch := doors.NewElasticsearch(d.Elasticsearch)
		r.logs, r.idle = elasticsearch, append(r.idle, elasticsearch.Close)
	}
}

func (r remote) Gateway() string   { return r.gateway }
func (r remote) Operator() Account { return r.operator }

// Close leaves the platform as it is.
func (r remote) Close(context.Context) error {
	for _, giveBack := range r.idle {
		giveBack()
	}
	return nil
}

func (r remote) Traces() doors.Traces   { return r.traces }
func (r remote) Metrics() doors.Metrics { return r.metrics }
func (r remote) Logs() doors.Logs       { return r.logs }
