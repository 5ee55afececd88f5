// Package doors is how scenarios look at what a platform tells of itself: its traces, metrics and logs. Each door has one
// question and two answers to it: the real Zipkin, Prometheus or Elasticsearch behind a deployed platform, and what does
// the same within the test's process where nothing is deployed.
package doors

import (
	"context"
	"time"

	"github.com/openzipkin/zipkin-go/model"
)

// Traces shows spans as Zipkin stores them.
type Traces interface {
	// Trace returns the spans of a trace as far as they have arrived; none of a trace that nobody has heard of.
	Trace(ctx context.Context, id string) ([]model.SpanModel, error)
	// Recent returns the traces of the last hour, as many as the store gives at once.
	Recent(ctx context.Context) ([][]model.SpanModel, error)
}

// Metrics answers questions in PromQL.
type Metrics interface {
	// Now returns an instant at which questions see everything that was counted before the call.
	Now(ctx context.Context) (time.Time, error)
	// Query evaluates an instant query.
	Query(ctx context.Context, promql string, at time.Time) ([]Sample, error)
	// Exemplars returns the ids of the traces that exemplify the series of the query's selectors, from a time on.
	Exemplars(ctx context.Context, promql string, since time.Time) ([]string, error)
}

// Sample is one value of an answer.
type Sample struct {
	Labels map[string]string
	Value  float64
}

// Logs finds log lines.
type Logs interface {
	// Find returns the lines in which every one of the fields has its value, oldest first.
	Find(ctx context.Context, fields map[string]string) ([]Line, error)
}

// Line is a log line: its fields by their full names, such as "trace.id".
type Line map[string]any
