package dynamodb

import (
	"errors"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/prometheus/client_golang/prometheus"
)

// counts are what has been asked of DynamoDB.
type counts struct {
	requests  atomic.Int64
	retries   atomic.Int64
	throttled atomic.Int64
	cancelled atomic.Int64 // transactions
	inFlight  atomic.Int64
}

// add counts the attempts that a call has made.
func (c *counts) add(call middleware.Metadata) {
	made, _ := retry.GetAttemptResults(call)
	c.requests.Add(int64(len(made.Results)))
	c.retries.Add(int64(max(0, len(made.Results)-1)))
	for _, attempt := range made.Results {
		if api, ok := errors.AsType[smithy.APIError](attempt.Err); ok && throttled(api.ErrorCode()) {
			c.throttled.Add(1)
		}
	}
}

// Metrics returns how requests fare, to be registered.
func (db *DB) Metrics() []prometheus.Collector {
	counter := func(name, help string, value func() int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	return []prometheus.Collector{
		counter("dynamodb_requests_total", "Requests sent to DynamoDB, retries included.", db.counts.requests.Load),
		counter("dynamodb_retries_total", "Requests that were sent again.", db.counts.retries.Load),
		counter("dynamodb_throttled_requests_total", "Requests that DynamoDB refused because there were too many.", db.counts.throttled.Load),
		counter("dynamodb_cancelled_transactions_total",
			"Transactions that wrote nothing: others had changed an item, or were about to. They are made anew.", db.counts.cancelled.Load),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "dynamodb_in_flight_requests", Help: "Requests that wait for their answer.",
		}, func() float64 { return float64(db.counts.inFlight.Load()) }),
	}
}

// Stats describes the requests for the health page.
func (db *DB) Stats() map[string]any {
	return map[string]any{
		"region":                 db.address.region,
		"requests":               db.counts.requests.Load(),
		"requests_in_flight":     db.counts.inFlight.Load(),
		"retries":                db.counts.retries.Load(),
		"throttled":              db.counts.throttled.Load(),
		"transactions_cancelled": db.counts.cancelled.Load(),
	}
}
