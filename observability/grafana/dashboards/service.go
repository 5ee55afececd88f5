package dashboards

import "slices"

const serviceUID = "service"

// service shows one service: what its callers get, what it waits for, and what it runs out of.
func service() Dashboard {
	return Dashboard{
		UID: serviceUID, Title: "Service",
		Description: "One service. First row: what its callers get. Second: what it waits for. Third: what it may run out of. " +
			"Last: what else may be wrong with it.",
		Variables: []Variable{{Name: "service", Label: "Service", Metric: "myevents_build_info", Of: "service"}},
		Panels:    slices.Concat(serviceCallers(), serviceDependencies(), serviceResources(), serviceConditions()),
	}
}

// serviceCallers says what callers get.
func serviceCallers() []Panel {
	return []Panel{
		{
			Title: "Requests", Type: Graph, Unit: Requests, Width: 8, Thresholds: above(500, 1000),
			Description: "Requests that were answered, by route. What drops to nothing while others go on has lost its callers.",
			Queries: []Query{{
				PromQL: `sum by (http_route) (rate(http_server_request_duration_seconds_count{service="$service"}[$__rate_interval]))`,
				Legend: "{{http_route}}",
			}},
			Logs:   `service.name:"${service}" AND event.action:http.request`,
			Alerts: []string{"DeploymentWithoutTraffic"},
		},
		{
			Title: "Errors", Type: Graph, Unit: Ratio, Width: 8, Thresholds: above(0.001, 0.05),
			Description: "Share of requests that failed for a reason of the service's (status 500 and above), by route.",
			Queries: []Query{{
				PromQL: `sum by (http_route) (rate(http_server_request_duration_seconds_count{
  service="$service", http_response_status_code=~"5.."}[$__rate_interval]))
/ sum by (http_route) (rate(http_server_request_duration_seconds_count{service="$service"}[$__rate_interval]))`,
				Legend: "{{http_route}}",
			}},
			Logs: `service.name:"${service}" AND log.level:error`,
		},
		{
			Title: "Duration", Type: Graph, Unit: Seconds, Width: 8, Thresholds: above(0.1, 0.5),
			Description: "99 of 100 requests were answered within this time, by route. The points are requests; each leads to its trace.",
			Queries: []Query{{
				PromQL: `histogram_quantile(0.99, sum by (le, http_route) (
  rate(http_server_request_duration_seconds_bucket{service="$service"}[$__rate_interval])))`,
				Legend: "{{http_route}}", Exemplars: true,
			}},
			Logs: `service.name:"${service}" AND event.action:http.request AND event.duration:[500000000 TO *]`,
		},
	}
}

// serviceDependencies says what the service waits for.
func serviceDependencies() []Panel {
	return []Panel{
		{
			Title: "Calls to other services", Type: Graph, Unit: Seconds, Width: 8, Thresholds: above(0.1, 0.5),
			Description: "99 of 100 calls were answered within this time, by the service that was called. " +
				"Services call identity for its keys; the gateway calls them all.",
			Queries: []Query{{
				PromQL: `histogram_quantile(0.99, sum by (le, peer) (
  rate(http_client_request_duration_seconds_bucket{service="$service"}[$__rate_interval])))`,
				Legend: "{{peer}}", Exemplars: true,
			}},
			Logs: `service.name:"${service}" AND event.action:(gateway.forward OR auth.refresh)`,
		},
		{
			Title: "Store", Type: Graph, Unit: Seconds, Width: 8, Thresholds: above(0.05, 0.25),
			Description: "99 of 100 operations of the store took no longer, by operation. The gateway has no store.",
			Queries: []Query{{
				PromQL: `histogram_quantile(0.99, sum by (le, db_operation_name) (
  rate(db_client_operation_duration_seconds_bucket{service="$service"}[$__rate_interval])))`,
				Legend: "{{db_operation_name}}", Exemplars: true,
			}},
			Logs: `service.name:"${service}" AND event.action:http.failed`,
		},
		{
			Title: "Failed dependencies", Type: Graph, Unit: PerSecond, Width: 8, Thresholds: above(0.1, 1),
			Description: "Calls that got no answer or an error, and operations of the store that failed.",
			Queries: []Query{
				{
					PromQL: `sum by (peer) (rate(http_client_request_duration_seconds_count{
  service="$service", http_response_status_code=~"none|5.."}[$__rate_interval]))`,
					Legend: "calls to {{peer}}",
				},
				{
					PromQL: `sum by (db_operation_name) (rate(db_client_operation_duration_seconds_count{
  service="$service", error_type!=""}[$__rate_interval]))`,
					Legend: "store: {{db_operation_name}}", Drill: "store-errors",
				},
			},
			Logs:   `service.name:"${service}" AND event.action:(gateway.forward OR http.failed)`,
			Alerts: []string{"CircuitOpen"},
		},
	}
}

// serviceResources says what it may run out of.
func serviceResources() []Panel {
	return []Panel{
		{
			Title: "Processors", Type: Graph, Unit: Ratio, Width: 8, Thresholds: above(0.7, 0.9),
			Description: "Processors that the service keeps busy, 100 % being one, and the share of time that the garbage collector stops it.",
			Queries: []Query{
				{PromQL: `rate(process_cpu_seconds_total{service="$service"}[$__rate_interval])`, Legend: "{{instance}}"},
				{
					PromQL: `rate(go_gc_duration_seconds_sum{service="$service"}[$__rate_interval])`,
					Legend: "{{instance}} stopped to collect garbage",
				},
			},
		},
		{
			Title: "Memory", Type: Graph, Unit: Bytes, Width: 8, Thresholds: above(memoryGoal, memoryLimit),
			Description: "Memory of the service, and its part that Go's heap takes. " +
				"At the red line its container is ended; from the one before on the garbage collector works harder.",
			Queries: []Query{
				{PromQL: `process_resident_memory_bytes{service="$service"}`, Legend: "{{instance}}"},
				{PromQL: `go_memstats_heap_alloc_bytes{service="$service"}`, Legend: "{{instance}} heap"},
			},
			Alerts: []string{"MemoryGrowth"},
		},
		{
			Title: "Goroutines", Type: Graph, Unit: Count, Width: 8, Thresholds: above(2000, 10000),
			Description: "Goroutines of the service. A number that only grows is a leak.",
			Queries:     []Query{{PromQL: `go_goroutines{service="$service"}`, Legend: "{{instance}}"}},
		},
	}
}

// serviceConditions says what else may be wrong with it.
func serviceConditions() []Panel {
	return []Panel{
		{
			Title: "Clock difference", Type: Stat, Unit: Seconds, Width: 8, Height: 4, Thresholds: above(1, 5),
			Description: "By how much the service's clock differs from Prometheus'. Beyond some seconds tokens and times are wrong.",
			Queries: []Query{{
				PromQL: `abs(myevents_clock_timestamp_seconds{service="$service"}
  - timestamp(myevents_clock_timestamp_seconds{service="$service"}))`,
				Legend: "{{instance}}",
			}},
			Alerts: []string{"ClockSkew"},
		},
		{
			Title: "Certificate valid for", Type: Stat, Unit: Seconds, Width: 8, Height: 4, Thresholds: below(14*24*3600, 2*24*3600),
			Description: "Until the certificate of the API over HTTPS expires. Only what serves HTTPS itself has one.",
			Queries: []Query{{
				PromQL: `http_server_certificate_expiry_timestamp_seconds{service="$service"} - time()`, Legend: "{{instance}}",
			}},
			Alerts: []string{"CertificateExpiry"},
		},
		{
			Title: "Injected faults", Type: Stat, Unit: Count, Width: 8, Height: 4, Thresholds: above(1, 1),
			Description: "Faults that somebody has switched on to see what happens.",
			Queries: []Query{{
				PromQL: `sum by (fault) (myevents_injected_faults{service="$service"}) > 0`, Legend: "{{fault}}", Drill: "slow-store",
			}},
			Alerts: []string{"FaultInjected"},
		},
	}
}
