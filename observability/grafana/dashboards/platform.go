package dashboards

import "slices"

// platform is where to start: how customers fare, service by service.
func platform() Dashboard {
	return Dashboard{
		UID: "platform", Title: "Platform",
		Description: "Where to start. First row: whether promises are kept. Second: what callers get, by service. Then: likely causes.",
		Panels:      slices.Concat(platformPromises(), platformCallers(), platformCauses(), platformResources()),
	}
}

// platformPromises says whether customers get what they were promised.
func platformPromises() []Panel {
	return []Panel{
		{
			Title: "Error budget left", Type: Stat, Unit: Ratio, Width: 8, Height: 7, Thresholds: below(0.5, 0),
			Description: "What is left of the failures that 30 days may have, by objective. Below 0 a promise is broken.",
			Queries:     []Query{{PromQL: `slo:error_budget:left30d`, Legend: "{{slo}}"}},
			Alerts:      []string{"BrowsingAvailabilityBurn", "BookingAvailabilityBurn"},
		},
		{
			Title: "Burn rate", Type: Graph, Unit: Times, Width: 8, Height: 7, Thresholds: above(6, 14.4),
			Description: "How many times faster than allowed the budget was spent in the last hour. At 1 it lasts for 30 days, at 14.4 for two.",
			Queries:     []Query{{PromQL: `slo:burn_rate:1h`, Legend: "{{slo}}"}},
			Alerts:      []string{"BrowsingAvailabilityBurn", "BrowsingLatencyBurn", "BookingAvailabilityBurn", "BookingLatencyBurn"},
		},
		{
			Title: "Firing alerts", Type: Stat, Unit: Count, Width: 8, Height: 7, Thresholds: above(2, 2),
			Description: "Alerts that fire, and for how many. Watchdog alone is how it should be: it fires to show that alerts get through.",
			Queries: []Query{{
				PromQL: `sum by (alertname, severity) (ALERTS{alertstate="firing"})`, Legend: "{{alertname}}",
			}},
		},
	}
}

// platformCallers says what callers get, service by service.
func platformCallers() []Panel {
	return []Panel{
		{
			Title: "Requests", Type: Graph, Unit: Requests, Width: 8, Height: 7, Thresholds: above(500, 1000),
			Description: "Requests that were answered, by service. The gateway's are the customers'.",
			Queries: []Query{{
				PromQL: `sum by (service) (rate(http_server_request_duration_seconds_count[$__rate_interval]))`, Legend: "{{service}}",
			}},
			Logs: `event.action:http.request`,
		},
		{
			Title: "Errors", Type: Graph, Unit: Ratio, Width: 8, Height: 7, Thresholds: above(0.001, 0.05),
			Description: "Share of requests that failed for a reason of ours (status 500 and above), by service.",
			Queries: []Query{{
				PromQL: `sum by (service) (rate(http_server_request_duration_seconds_count{http_response_status_code=~"5.."}[$__rate_interval]))
/ sum by (service) (rate(http_server_request_duration_seconds_count[$__rate_interval]))`,
				Legend: "{{service}}",
			}},
			Logs:   `log.level:error OR http.response.status_code:[500 TO *]`,
			Alerts: []string{"BrowsingAvailabilityBurn", "BookingAvailabilityBurn"},
		},
		{
			Title: "Duration", Type: Graph, Unit: Seconds, Width: 8, Height: 7, Thresholds: above(0.1, 0.5),
			Description: "99 of 100 requests were answered within this time, by service. The points are requests; each leads to its trace.",
			Queries: []Query{{
				PromQL: `histogram_quantile(0.99, sum by (le, service) (rate(http_server_request_duration_seconds_bucket[$__rate_interval])))`,
				Legend: "{{service}}", Exemplars: true,
			}},
			Logs:   `event.action:http.request AND event.duration:[500000000 TO *]`,
			Alerts: []string{"BrowsingLatencyBurn", "BookingLatencyBurn"},
		},
	}
}

// platformCauses says what is away, left alone or refused.
func platformCauses() []Panel {
	return []Panel{
		{
			Title: "Instances", Type: Stat, Unit: Count, Width: 8, Height: 6, Thresholds: below(1, 0),
			Description: "Instances of each service that answer Prometheus. A service that is missing has none.",
			Queries:     []Query{{PromQL: `count by (service) (myevents_build_info)`, Legend: "{{service}}"}},
			Alerts:      []string{"ServiceDown", "ServiceWasDown"},
		},
		{
			Title: "Services left alone", Type: Graph, Unit: Count, Width: 8, Height: 6, Thresholds: above(1, 1),
			Description: "Services that the gateway does not call for a while, since their answers were errors or did not come. " +
				"Requests for them are refused at once.",
			Queries: []Query{{
				PromQL: `max by (peer) (gateway_circuit_state{state!="closed"})`, Legend: "{{peer}}",
			}},
			Logs:   `service.name:gateway AND event.action:gateway.forward`,
			Alerts: []string{"ServiceDown"},
		},
		{
			Title: "Refused requests", Type: Graph, Unit: Requests, Width: 8, Height: 6, Thresholds: above(1, 10),
			Description: "Requests refused because their client sent too many.",
			Queries: []Query{{
				PromQL: `sum by (service) (rate(gateway_rate_limited_requests_total[$__rate_interval]))`, Legend: "{{service}}",
				Drill: "traffic-spike",
			}},
			Logs:   `service.name:gateway AND http.response.status_code:429`,
			Alerts: []string{"TrafficBeyondLimit"},
		},
	}
}

// platformResources says what the services wait for or may run out of.
func platformResources() []Panel {
	return []Panel{
		{
			Title: "Stores", Type: Graph, Unit: Seconds, Width: 8, Height: 6, Thresholds: above(0.05, 0.25),
			Description: "99 of 100 operations of the stores took no longer, by service.",
			Queries: []Query{{
				PromQL: `histogram_quantile(0.99, sum by (le, service) (rate(db_client_operation_duration_seconds_bucket[$__rate_interval])))`,
				Legend: "{{service}}", Exemplars: true,
			}},
			Logs: `event.action:http.failed`,
		},
		{
			Title: "Processors", Type: Graph, Unit: Ratio, Width: 8, Height: 6, Thresholds: above(0.7, 0.9),
			Description: "Processors that a service keeps busy, 100 % being one.",
			Queries: []Query{{
				PromQL: `max by (service) (rate(process_cpu_seconds_total[$__rate_interval]))`, Legend: "{{service}}",
			}},
		},
		{
			Title: "Memory", Type: Graph, Unit: Bytes, Width: 8, Height: 6, Thresholds: above(memoryGoal, memoryLimit),
			Description: "Memory of a service. At the red line its container is ended; from the one before on the garbage collector works harder.",
			Queries:     []Query{{PromQL: `max by (service) (process_resident_memory_bytes)`, Legend: "{{service}}"}},
		},
	}
}
