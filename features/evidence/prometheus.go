package evidence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	_ "github.com/prometheus/prometheus/discovery/dns" // the configuration has it
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/myevents/myevents/features/doors"
)

const (
	queryTimeout  = 10 * time.Second
	mostSamples   = 10_000_000
	mostExemplars = 10_000
)

// Prometheus is one in this process: Prometheus' own scraper, storage, rules and query engine, configured by the file that
// the real one gets. Only the targets and the pace are the test's: what takes minutes there is there after seconds here.
// Create it with StartPrometheus.
type Prometheus struct {
	storage *tsdb.DB
	engine  *promql.Engine
	scraper *scrape.Manager
	groups  []*rules.Group // in the order of their files
	jobs    []string       // that the configuration has, those without a target here too
	started time.Time
	rested  time.Time // the zero time while it scrapes

	quit  chan struct{}
	done  sync.WaitGroup // the scraper's loop and that of the rules
	clock *time.Ticker   // of the rules
}

// Targets are what is scraped, by job.
type Targets map[string][]Target

// Target is an admin port and the service whose process it belongs to, as prometheus.yml labels it.
type Target struct{ Address, Service string }

// StartPrometheus reads the configuration and scrapes the targets at every interval, at which it also evaluates all rules.
// Jobs that have no target here are left out. The storage is in the directory.
func StartPrometheus(file, dir string, interval time.Duration, targets Targets) (*Prometheus, error) {
	c, err := config.LoadFile(file, false, promslog.NewNopLogger())
	if err != nil {
		return nil, fmt.Errorf("read Prometheus' configuration: %w", err)
	}
	o := tsdb.DefaultOptions()
	o.EnableExemplarStorage, o.MaxExemplars = true, mostExemplars
	o.WALSegmentSize = -1 // nothing has to survive
	p := &Prometheus{started: time.Now(), clock: time.NewTicker(interval), quit: make(chan struct{})}
	if p.storage, err = tsdb.Open(dir, nil, nil, o, nil); err != nil {
		return nil, fmt.Errorf("open a storage of metrics: %w", err)
	}
	p.engine = promql.NewEngine(promql.EngineOpts{
		MaxSamples: mostSamples, Timeout: queryTimeout, EnableAtModifier: true, EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 { return interval.Milliseconds() },
	})
	if err := errors.Join(p.scrape(c, interval, targets), p.evaluate(c, interval)); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// scrape starts the scraper on the targets.
func (p *Prometheus) scrape(c *config.Config, interval time.Duration, targets Targets) (err error) {
	p.scraper, err = scrape.NewManager(&scrape.Options{
		DiscoveryReloadInterval: model.Duration(interval), DiscoveryReloadOnStartup: true,
	}, nil, nil, nil, p.storage, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	sets := map[string][]*targetgroup.Group{}
	for _, s := range c.ScrapeConfigs {
		p.jobs = append(p.jobs, s.JobName)
	}
	c.ScrapeConfigs = slices.DeleteFunc(c.ScrapeConfigs, func(s *config.ScrapeConfig) bool { return targets[s.JobName] == nil })
	for _, s := range c.ScrapeConfigs {
		s.ScrapeInterval, s.ScrapeTimeout = model.Duration(interval), model.Duration(interval)
		for _, target := range targets[s.JobName] {
			sets[s.JobName] = append(sets[s.JobName], &targetgroup.Group{
				Source: target.Address, Labels: model.LabelSet{"service": model.LabelValue(target.Service)},
				Targets: []model.LabelSet{{model.AddressLabel: model.LabelValue(target.Address)}},
			})
		}
	}
	if err := p.scraper.ApplyConfig(c); err != nil {
		return err
	}
	updates := make(chan map[string][]*targetgroup.Group, 1) // never closed: the loop ends with the scraper
	updates <- sets
	p.done.Go(func() { _ = p.scraper.Run(updates) }) // fails never
	return nil
}

// evaluate reads the rules and evaluates them at every tick until the rest. What has begun then is finished.
func (p *Prometheus) evaluate(c *config.Config, interval time.Duration) error {
	ctx := context.Background() // the engine bounds its queries
	manager := rules.NewManager(&rules.ManagerOptions{
		Context: ctx, QueryFunc: rules.EngineQueryFunc(p.engine, p.storage), AppendableV2: p.storage, Queryable: p.storage,
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {}, Logger: promslog.NewNopLogger(),
	})
	files, err := ruleFiles(c)
	if err != nil {
		return err
	}
	groups, errs := manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, files...)
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("read the rules: %w", err)
	}
	p.groups = slices.SortedFunc(maps.Values(groups), func(a, b *rules.Group) int {
		return cmp.Or(cmp.Compare(a.File(), b.File()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, a := range p.alerts() {
		a.SetRestored(true) // there is no earlier life to ask for how long it has been pending
	}
	p.done.Go(func() {
		for {
			select {
			case <-p.quit:
				return
			case at := <-p.clock.C:
				for _, g := range p.groups {
					rules.DefaultEvalIterationFunc(ctx, g, at)
				}
			}
		}
	})
	return nil
}

// Scraped reports whether everything that was there at the time has been scraped, and the rules evaluated since.
func (p *Prometheus) Scraped(ctx context.Context, at time.Time) (bool, error) {
	evaluated := !slices.ContainsFunc(p.groups, func(g *rules.Group) bool { return g.GetLastEvaluation().Before(at) })
	latest, err := p.instant(ctx, "min(timestamp(up == 1))", time.Now())
	return evaluated && len(latest) > 0 && latest[0].F > float64(at.UnixMilli())/1e3, err
}

// instant evaluates an expression at one time.
func (p *Prometheus) instant(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
	return rules.EngineQueryFunc(p.engine, p.storage)(ctx, expression, at)
}

// Rest ends the scraping and the rules. Questions are about the time until then.
func (p *Prometheus) Rest() {
	if !p.rested.IsZero() {
		return
	}
	close(p.quit)
	p.clock.Stop()
	if p.scraper != nil {
		p.scraper.Stop()
	}
	p.done.Wait()
	p.rested = time.Now()
}

// Stop ends everything but what is in the directory.
func (p *Prometheus) Stop() error {
	p.Rest()
	return errors.Join(p.engine.Close(), p.storage.Close())
}

// Range evaluates an expression at every step from the start to the rest, as a graph does.
func (p *Prometheus) Range(ctx context.Context, expression string, step time.Duration) (promql.Matrix, error) {
	query, err := p.engine.NewRangeQuery(ctx, p.storage, nil, expression, p.started, p.rested, step)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result, err := query.Exec(ctx).Matrix()
	if err != nil {
		return nil, err
	}
	return copied(result), nil
}

// copied returns what stays when the query is closed.
func copied(m promql.Matrix) promql.Matrix {
	all := make(promql.Matrix, len(m))
	for i, s := range m {
		all[i] = promql.Series{Metric: s.Metric, Floats: slices.Clone(s.Floats), Histograms: slices.Clone(s.Histograms)}
	}
	return all
}

// Series returns the labels of all series that the matchers select, at any time from the start to the rest.
func (p *Prometheus) Series(ctx context.Context, matchers ...*labels.Matcher) (found []labels.Labels, err error) {
	querier, err := p.storage.Querier(p.started.UnixMilli(), p.rested.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, querier.Close()) }()
	set := querier.Select(ctx, true, nil, matchers...)
	for set.Next() {
		found = append(found, set.At().Labels())
	}
	return found, set.Err()
}

// Examples returns the trace ids that an expression's series have brought since the start.
func (p *Prometheus) Examples(ctx context.Context, expression parser.Expr) ([]string, error) {
	return doors.ExemplarTraces(ctx, p.storage, expression, p.started, p.rested)
}
