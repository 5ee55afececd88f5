package dashboards

import "slices"

// telemetry shows whether the other dashboards can be believed.
func telemetry() Dashboard {
	return Dashboard{
		UID: "telemetry", Title: "Telemetry",
		Description: "Whether the other dashboards can be believed. First row: what is lost. Second: metrics and alerts. Then traces and logs.",
		Panels:      slices.Concat(losses(), scraping(), tracingAndLogging()),
	}
}

// losses says what is lost or wrong.
func losses() []Panel {
	return []Panel{
		{
			Title: "Targets up", Type: Stat, Unit: Ratio, Width: 6, Height: 5, Thresholds: below(1, 0.99),
			Description: "Share of what Prometheus scrapes that answers. What does not answer is down, or at least not seen.",
			Queries:     []Query{{PromQL: `avg by (job) (up)`, Legend: "{{job}}"}},
			Alerts:      []string{"ServiceDown"},
		},
		{
			Title: "Spans lost", Type: Stat, Unit: Count, Width: 6, Height: 5, Thresholds: above(1, 100),
			Description: "Spans that were dropped in the time shown, by reason. Their traces have holes.",
			Queries: []Query{{
				PromQL: `sum by (reason) (increase(myevents_spans_dropped_total[$__range]))`, Legend: "{{reason}}", Drill: "telemetry-down",
			}},
			Logs:   `event.action:(spans.export_failed OR spans.export_recovered)`,
			Alerts: []string{"SpansDropped"},
		},
		{
			Title: "Log lines lost", Type: Stat, Unit: Count, Width: 6, Height: 5, Thresholds: above(1, 100),
			Description: "Log lines that could not be written, and such that Elasticsearch refused, in the time shown.",
			Queries: []Query{
				{PromQL: `sum(increase(log_lost_lines_total[$__range]))`, Legend: "not written"},
				{PromQL: `sum(increase(log_shipper_dropped_events_total[$__range]))`, Legend: "refused"},
			},
			Alerts: []string{"LogsNotShipped"},
		},
		{
			Title: "Clock difference", Type: Stat, Unit: Seconds, Width: 6, Height: 5, Thresholds: above(1, 5),
			Description: "By how much a service's clock differs from Prometheus'. Beyond a second, tokens and graphs are off.",
			Queries: []Query{{
				PromQL: `max by (service) (abs(myevents_clock_timestamp_seconds - timestamp(myevents_clock_timestamp_seconds)))`,
				Legend: "{{service}}",
			}},
			Alerts: []string{"ClockSkew"},
		},
	}
}

// scraping says whether metrics and alerts can be believed.
func scraping() []Panel {
	return []Panel{
		{
			Title: "Scrapes", Type: Graph, Unit: Seconds, Width: 8, Height: 7, Thresholds: above(1, 4),
			Description: "How long a scrape takes. Beyond the interval of 5 seconds there would be gaps.",
			Queries:     []Query{{PromQL: `max by (job, instance) (scrape_duration_seconds)`, Legend: "{{instance}}"}},
		},
		{
			Title: "Series", Type: Graph, Unit: Count, Width: 8, Height: 7, Thresholds: above(5000, 20000),
			Description: "Series of a scrape. A number that grows with visitors means that a label has what it must not have, such as ids.",
			Queries: []Query{{
				PromQL: `max by (job, instance) (scrape_samples_post_metric_relabeling)`, Legend: "{{instance}}",
			}},
		},
		{
			Title: "Watchdog", Type: Stat, Unit: Count, Width: 8, Height: 7, Thresholds: below(1, 0),
			Description: "An alert that always fires. Where it does not, Prometheus does not evaluate its rules, and nobody is told of anything.",
			Queries:     []Query{{PromQL: `ALERTS{alertname="Watchdog", alertstate="firing"}`, Legend: "{{alertname}}"}},
			Alerts:      []string{"Watchdog"},
		},
	}
}

// tracingAndLogging says whether spans and log lines arrive.
func tracingAndLogging() []Panel {
	return []Panel{
		{
			Title: "Spans waiting", Type: Graph, Unit: Ratio, Width: 8, Height: 7, Thresholds: above(0.5, 0.9),
			Description: "Share of the queue that is taken by spans which wait to be exported. While it is full, what comes is lost.",
			Queries: []Query{{
				PromQL: `max by (instance) (myevents_spans_queued / myevents_spans_queue_limit)`, Legend: "{{instance}}",
				Drill: "telemetry-slow",
			}},
			Logs:   `event.action:(spans.export_failed OR spans.export_recovered)`,
			Alerts: []string{"SpansDropped"},
		},
		{
			Title: "Spans exported", Type: Graph, Unit: PerSecond, Width: 8, Height: 7, Thresholds: above(5000, 10000),
			Description: "Spans that the trace store has taken, and those that the web page reported, by what became of them. Refused " +
				"ones break a rule: somebody makes them up, or a page is older than its gateway.",
			Queries: []Query{
				{PromQL: `sum by (instance) (rate(myevents_spans_exported_total[$__rate_interval]))`, Legend: "{{instance}}"},
				{PromQL: `sum by (outcome) (rate(myevents_browser_spans_total[$__rate_interval]))`, Legend: "of pages: {{outcome}}"},
			},
			Alerts: []string{"TracesNotExported"},
		},
		{
			Title: "Log lines", Type: Graph, Unit: PerSecond, Width: 8, Height: 7, Thresholds: above(1000, 5000),
			Description: "Lines written, by level. Errors without failed requests are worth a look.",
			Queries: []Query{{
				PromQL: `sum by (level) (rate(log_lines_total[$__rate_interval]))`, Legend: "{{level}}",
			}},
			Logs: `log.level:(error OR warn)`,
		},
		{
			Title: "Log shipping", Type: Graph, Unit: PerSecond, Width: 8, Height: 7, Thresholds: above(1000, 5000),
			Description: "Lines that Elasticsearch has taken, and attempts that failed. Nothing taken while lines are written: they wait.",
			Queries: []Query{
				{PromQL: `sum(rate(log_shipper_acked_events_total[$__rate_interval]))`, Legend: "taken"},
				{PromQL: `sum(rate(log_shipper_failed_events_total[$__rate_interval]))`, Legend: "failed"},
			},
			Alerts: []string{"LogsNotShipped"},
		},
		{
			Title: "Log lines waiting", Type: Graph, Unit: Count, Width: 8, Height: 7, Thresholds: above(500, 3000),
			Description: "Lines that were read and that Elasticsearch has not taken yet.",
			Queries:     []Query{{PromQL: `sum(log_shipper_waiting_events)`, Legend: "waiting"}},
			Alerts:      []string{"LogsNotShipped"},
		},
	}
}
