package doors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

const (
	scrapeTimeout = 10 * time.Second
	queryTimeout  = 10 * time.Second
	mostSamples   = 1_000_000
	mostExemplars = 10_000
)

// Scraped is a small Prometheus: its own parser, storage and query engine over the admin ports of a platform, which it
// scrapes whenever somebody asks for the present. It is safe for concurrent use. Create it with Scrape.
type Scraped struct {
	targets []string // base URLs of admin ports
	client  *http.Client
	queries *promql.Engine

	mu      sync.Mutex // held during a scrape
	storage *tsdb.DB   // nil before the first
	dir     string     // of the storage
	last    time.Time  // of the last scrape
}

// Scrape returns the metrics of the admin ports at the base URLs. Close gives back what it holds.
func Scrape(targets ...string) *Scraped {
	return &Scraped{
		targets: targets, client: &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: scrapeTimeout},
		queries: promql.NewEngine(promql.EngineOpts{
			MaxSamples: mostSamples, Timeout: queryTimeout,
			LookbackDelta: time.Millisecond, // questions are about the instant of a scrape: what was gone then is gone
		}),
	}
}

// open makes the storage when it is first needed: most scenarios never look at metrics.
func (s *Scraped) open() (err error) {
	if s.storage != nil {
		return nil
	}
	if s.dir, err = os.MkdirTemp("", "myevents-metrics-"); err != nil {
		return fmt.Errorf("make a directory for metrics: %w", err)
	}
	o := tsdb.DefaultOptions()
	o.WALSegmentSize = -1 // nothing has to survive
	o.EnableExemplarStorage, o.MaxExemplars = true, mostExemplars
	if s.storage, err = tsdb.Open(s.dir, nil, nil, o, nil); err != nil {
		return errors.Join(fmt.Errorf("open a storage of metrics: %w", err), os.RemoveAll(s.dir))
	}
	return nil
}

// Close ends the storage and removes it.
func (s *Scraped) Close() error {
	s.client.CloseIdleConnections()
	if s.storage == nil {
		return nil
	}
	return errors.Join(s.queries.Close(), s.storage.Close(), os.RemoveAll(s.dir))
}

// Now scrapes all targets. As Prometheus does, it notes whether a target answered in the metric "up" and goes on without
// one that does not.
func (s *Scraped) Now(ctx context.Context) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(); err != nil {
		return time.Time{}, err
	}
	at := time.Now().Truncate(time.Millisecond)
	if !at.After(s.last) {
		at = s.last.Add(time.Millisecond)
	}
	s.last = at
	appender := s.storage.AppenderV2(ctx)
	for _, target := range s.targets {
		if err := s.scrape(ctx, appender, target, at); err != nil {
			return at, errors.Join(fmt.Errorf("scrape %s: %w", target, err), appender.Rollback())
		}
	}
	return at, appender.Commit()
}

func (s *Scraped) scrape(ctx context.Context, to storage.AppenderV2, target string, at time.Time) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	page, format, err := s.fetch(ctx, target+"/metrics")
	up := 1.0
	if err != nil {
		up = 0
	}
	if _, err := to.Append(0, labels.FromStrings(model.MetricNameLabel, "up", model.InstanceLabel, u.Host),
		0, at.UnixMilli(), up, nil, nil, storage.AOptions{}); err != nil || up == 0 {
		return err
	}
	parse, err := textparse.New(page, format, nil, textparse.ParserOptions{})
	if err != nil {
		return err
	}
	return appendAll(to, parse, u.Host, at)
}

func (s *Scraped) fetch(ctx context.Context, url string) (page []byte, format string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Accept", "application/openmetrics-text;version=1.0.0") // the text format with exemplars
	res, err := s.client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("answered %s", res.Status)
	}
	page, err = io.ReadAll(res.Body)
	return page, res.Header.Get("Content-Type"), err
}

// Pages returns the metrics of all targets as they write them.
func (s *Scraped) Pages(ctx context.Context) (string, error) {
	var all strings.Builder
	for _, target := range s.targets {
		page, _, err := s.fetch(ctx, target+"/metrics")
		if err != nil {
			return "", err
		}
		all.Write(page)
	}
	return all.String(), nil
}

// appendAll stores a page's samples and exemplars, with the label that keeps targets apart.
func appendAll(to storage.AppenderV2, from textparse.Parser, instance string, at time.Time) error {
	for {
		entry, err := from.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var series labels.Labels
		from.Labels(&series)
		series = labels.NewBuilder(series).Set(model.InstanceLabel, instance).Labels()
		_, _, value := from.Series()
		_, err = to.Append(0, series, 0, at.UnixMilli(), value, nil, nil, storage.AOptions{Exemplars: exemplars(from, at)})
		if err != nil && !errors.Is(err, &storage.AppendPartialError{}) { // an exemplar that was there at the last scrape
			return fmt.Errorf("store %s: %w", series, err)
		}
	}
}

func exemplars(from textparse.Parser, at time.Time) (all []exemplar.Exemplar) {
	for {
		e := exemplar.Exemplar{Ts: at.UnixMilli()}
		if !from.Exemplar(&e) {
			return all
		}
		all = append(all, e)
	}
}

// Query evaluates a query at the time of a scrape.
func (s *Scraped) Query(ctx context.Context, expression string, at time.Time) ([]Sample, error) {
	query, err := s.queries.NewInstantQuery(ctx, s.storage, nil, expression, at)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result := query.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	switch value := result.Value.(type) {
	case promql.Vector:
		var samples []Sample
		for _, s := range value {
			samples = append(samples, Sample{Labels: s.Metric.Map(), Value: s.F})
		}
		return samples, nil
	case promql.Scalar:
		return []Sample{{Value: value.V}}, nil
	default:
		return nil, fmt.Errorf("%s is a %s, not a value at an instant", expression, value.Type())
	}
}

// Exemplars returns what the scrapes have brought since the time.
func (s *Scraped) Exemplars(ctx context.Context, expression string, since time.Time) (traces []string, err error) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return nil, err
	}
	return ExemplarTraces(ctx, s.storage, parsed, since, s.last)
}

// ExemplarTraces returns the ids of the traces that exemplify, in that time, the series that the expression selects.
func ExemplarTraces(ctx context.Context, in storage.ExemplarQueryable, e parser.Expr, from, to time.Time) (traces []string, err error) {
	querier, err := in.ExemplarQuerier(ctx)
	if err != nil {
		return nil, err
	}
	results, err := querier.Select(from.UnixMilli(), to.UnixMilli(), parser.ExtractSelectors(e)...)
	if err != nil {
		return nil, err
	}
	for _, result := range results {
		for _, e := range result.Exemplars {
			traces = append(traces, e.Labels.Get("trace_id"))
		}
	}
	return traces, nil
}
