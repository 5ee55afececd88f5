package drills

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
)

const (
	// historyTime is the longest window of the alerts about error budgets.
	historyTime = 3 * 24 * time.Hour
	// historyRate is what is said to have happened a second: about what visitors do.
	historyRate = 8
	// timed is the objective that counts time instead, of which there is one second in each. More of the past would weigh more than
	// what comes after it.
	timed = "copy-freshness"
)

// writeHistory gives Prometheus a past in which every promise was kept: the series that the alerts about error budgets look
// back at. Without one, the first failing seconds of a platform would be most of its life. And the gateway had requests, which
// a deployment without any is compared with.
func (m *monitoring) writeHistory(ctx context.Context) error {
	past, interval, err := m.past()
	if err != nil {
		return err
	}
	db, err := tsdb.Open(m.file("prometheus"), nil, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		return fmt.Errorf("open the past: %w", err)
	}
	now := time.Now()
	began := now.Add(-m.options.Compression.Duration(historyTime))
	requests := labels.FromStrings(model.MetricNameLabel, "http_server_request_duration_seconds_count", "service", "gateway")
	appender := db.Appender(ctx)
	for at := began; at.Before(now) && err == nil; at = at.Add(interval) {
		for _, series := range past {
			rate := float64(historyRate)
			if series.Get("slo") == timed {
				rate = 1
			}
			_, failure := appender.Append(0, series, at.UnixMilli(), rate)
			err = errors.Join(err, failure)
		}
		_, failure := appender.Append(0, requests, at.UnixMilli(), historyRate*at.Sub(began).Seconds())
		err = errors.Join(err, failure)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the past: %w", err), appender.Rollback(), db.Close())
	}
	return errors.Join(appender.Commit(), db.Close())
}

// past returns the series of what is valid and what is good, as the compressed rules record them, and how often.
func (m *monitoring) past() (past []labels.Labels, interval time.Duration, err error) {
	content, err := os.ReadFile(filepath.Join(m.file(rulesToBe), "slo.yml"))
	if err != nil {
		return nil, 0, err
	}
	groups, errs := rulefmt.Parse(content, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	if len(errs) > 0 {
		return nil, 0, errors.Join(errs...)
	}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			if slices.Contains([]string{"slo:valid:rate5m", "slo:good:rate5m"}, r.Record) && r.Labels["slo"] != "" {
				interval = time.Duration(g.Interval)
				past = append(past, labels.FromStrings(model.MetricNameLabel, r.Record, "slo", r.Labels["slo"]))
			}
		}
	}
	if len(past) == 0 || interval == 0 {
		return nil, 0, errors.New("the rules record nothing that a past could be made of")
	}
	return past, interval, nil
}
