package doors

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

const (
	freshWithin = 3 * time.Minute // longer than any usual pause between scrapes
	freshPause  = time.Second
)

// Prometheus asks the HTTP API of a Prometheus that scrapes the platform. Create it with NewPrometheus.
type Prometheus struct{ *api }

// NewPrometheus returns the Prometheus at the base URL.
func NewPrometheus(base string) *Prometheus { return &Prometheus{newAPI(base)} }

// Now waits until every service was scraped again. It goes by the clock of Prometheus alone.
func (p *Prometheus) Now(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, freshWithin)
	defer cancel()
	asked, err := p.ask(ctx, "time()", time.Time{})
	if err != nil {
		return time.Time{}, err
	}
	for {
		scraped, err := p.ask(ctx, "min(timestamp(myevents_build_info))", time.Time{})
		if err != nil {
			return time.Time{}, err
		}
		if len(asked) == 1 && len(scraped) == 1 && scraped[0].Value >= asked[0].Value {
			return p.present(ctx)
		}
		select {
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("prometheus has not scraped every service again: %w", ctx.Err())
		case <-time.After(freshPause):
		}
	}
}

// present returns the time on the clock of Prometheus: a scrape that others look at later must not change the answers.
func (p *Prometheus) present(ctx context.Context) (time.Time, error) {
	now, err := p.ask(ctx, "time()", time.Time{})
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(int64(now[0].Value * 1000)), nil
}

// Query evaluates an instant query.
func (p *Prometheus) Query(ctx context.Context, promql string, at time.Time) ([]Sample, error) {
	return p.ask(ctx, promql, at)
}

// ask evaluates a query at a time; the zero time is that of Prometheus.
func (p *Prometheus) ask(ctx context.Context, promql string, at time.Time) ([]Sample, error) {
	question := url.Values{"query": {promql}}
	if !at.IsZero() {
		question.Set("time", seconds(at))
	}
	var answer struct {
		Data struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if err := p.get(ctx, "/api/v1/query?"+question.Encode(), &answer); err != nil {
		return nil, err
	}
	switch answer.Data.ResultType {
	case "vector":
		return vector(answer.Data.Result)
	case "scalar":
		var v point
		err := json.Unmarshal(answer.Data.Result, &v)
		return []Sample{{Value: v.value}}, err
	default:
		return nil, fmt.Errorf("%s is a %s, not a value at an instant", promql, answer.Data.ResultType)
	}
}

func vector(result []byte) (samples []Sample, err error) {
	var series []struct {
		Metric map[string]string
		Value  point
	}
	if err := json.Unmarshal(result, &series); err != nil {
		return nil, err
	}
	for _, s := range series {
		samples = append(samples, Sample{Labels: s.Metric, Value: s.Value.value})
	}
	return samples, nil
}

// point is a time with a value, as the API writes it: [1700000000.123, "1.5"].
type point struct{ value float64 }

// UnmarshalJSON reads the value and drops the time.
func (p *point) UnmarshalJSON(document []byte) error {
	var at float64
	var value string
	if err := json.Unmarshal(document, &[]any{&at, &value}); err != nil {
		return err
	}
	var err error
	p.value, err = strconv.ParseFloat(value, 64)
	return err
}

// Exemplars returns the trace ids that Prometheus keeps beside the series.
func (p *Prometheus) Exemplars(ctx context.Context, promql string, since time.Time) (traces []string, err error) {
	question := url.Values{"query": {promql}, "start": {seconds(since)}, "end": {seconds(time.Now().Add(time.Hour))}}
	var answer struct {
		Data []struct {
			Exemplars []struct{ Labels map[string]string }
		}
	}
	if err := p.get(ctx, "/api/v1/query_exemplars?"+question.Encode(), &answer); err != nil {
		return nil, err
	}
	for _, series := range answer.Data {
		for _, e := range series.Exemplars {
			traces = append(traces, e.Labels["trace_id"])
		}
	}
	return traces, nil
}

func seconds(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }
