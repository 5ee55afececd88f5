package dashboards

import "slices"

// bookings shows what is sold.
func bookings() Dashboard {
	return Dashboard{
		UID: "bookings", Title: "Bookings",
		Description: "What is sold. First row: whether it is, and correctly. Second: how much, and how fast. Third: of which events.",
		Panels:      slices.Concat(salesNow(), decisions(), demand()),
	}
}

// salesNow says whether seats are sold, and correctly.
func salesNow() []Panel {
	return []Panel{
		{
			Title: "Seats sold each second", Type: Stat, Unit: PerSecond, Width: 6, Height: 5, Thresholds: below(0.01, 0.001),
			Description: "Seats of confirmed bookings. Nothing sold at an hour when people buy is an incident, whatever else is green.",
			Queries: []Query{{
				PromQL: `sum(rate(myevents_seats_booked_total[$__rate_interval]))`, Legend: "seats",
			}},
			Logs: `event.action:booking.create AND event.outcome:success`,
		},
		{
			Title: "Confirmed", Type: Stat, Unit: Ratio, Width: 6, Height: 5, Thresholds: below(0.9, 0.5),
			Description: "Share of the decided bookings that were confirmed. It falls when events sell out; then it should rise again.",
			Queries: []Query{{
				PromQL: `sum(increase(myevents_bookings_total{outcome="confirmed"}[$__range]))
/ sum(increase(myevents_bookings_total{outcome=~"confirmed|rejected"}[$__range]))`, Legend: "confirmed",
			}},
			Logs: `event.action:booking.create`,
		},
		{
			Title: "Inventory mismatch", Type: Stat, Unit: Count, Width: 6, Height: 5, Thresholds: above(1, 1),
			Description: "Seats by which inventories and bookings differ. Anything but 0 is a defect: seats were sold twice, or lost.",
			Queries:     []Query{{PromQL: `max(myevents_inventory_mismatch_seats)`, Legend: "seats", Drill: "inventory-mismatch"}},
			Logs:        `service.name:booking AND event.action:inventory.audit`,
			Alerts:      []string{"InventoryMismatch"},
		},
		{
			Title: "Copy of the events", Type: Stat, Unit: Seconds, Width: 6, Height: 5, Thresholds: above(1, 10),
			Description: "Within this time 99 of 100 changes of events have reached the booking service. Until then it sells what was.",
			Queries: []Query{{
				PromQL: `histogram_quantile(0.99, sum by (le) (rate(messaging_delivery_duration_seconds_bucket{
  service="booking", messaging_destination_name="event"}[$__range])))`, Legend: "delivered within",
			}},
			Logs:   `service.name:booking AND event.action:message.parked`,
			Alerts: []string{"CopyFreshnessBurn"},
		},
	}
}

// decisions says what became of bookings, why and how fast.
func decisions() []Panel {
	return []Panel{
		{
			Title: "Bookings", Type: Graph, Unit: PerSecond, Width: 8, Thresholds: above(500, 1000),
			Description: "Bookings by what became of them. A cancelled one was confirmed before.",
			Queries: []Query{{
				PromQL: `sum by (outcome) (rate(myevents_bookings_total[$__rate_interval]))`, Legend: "{{outcome}}",
			}},
			Logs: `event.action:(booking.create OR booking.cancel)`,
		},
		{
			Title: "Rejected by reason", Type: Graph, Unit: PerSecond, Width: 8, Thresholds: above(10, 100),
			Description: "Why bookings were rejected. Many of sold-out are a success; of event-cancelled or event-past, " +
				"somebody shows events that are none.",
			Queries: []Query{{
				PromQL: `sum by (reason) (rate(myevents_rejected_bookings_total[$__rate_interval]))`, Legend: "{{reason}}",
			}},
			Logs: `event.action:booking.create AND event.outcome:failure`,
		},
		{
			Title: "Time to confirm", Type: Graph, Unit: Seconds, Width: 8, Thresholds: above(0.25, 0.5),
			Description: "From the request until the booking was answered at the gateway: half of them, 95 and 99 of 100. " +
				"The points are bookings; each leads to its trace.",
			Queries: []Query{
				{PromQL: toConfirm("0.5"), Legend: "half"},
				{PromQL: toConfirm("0.95"), Legend: "95 of 100"},
				{PromQL: toConfirm("0.99"), Legend: "99 of 100", Exemplars: true},
			},
			Logs:   `service.name:gateway AND http.route:"/api/v1/events/{id}/bookings" AND event.duration:[250000000 TO *]`,
			Alerts: []string{"BookingLatencyBurn", "BookingAvailabilityBurn"},
		},
	}
}

// demand says what was refused, which events are wanted, and how many look.
func demand() []Panel {
	return []Panel{
		{
			Title: "Refused requests", Type: Graph, Unit: Requests, Width: 6, Thresholds: above(10, 100),
			Description: "Requests to book that no booking came of, by status: 400 a mistake, 401 nobody, 404 no such event, " +
				"409 rejected, 422 a key used twice, 429 too many, 5xx our fault.",
			Queries: []Query{{
				PromQL: `sum by (http_response_status_code) (rate(http_server_request_duration_seconds_count{
  service="gateway", http_request_method="POST", http_route="/api/v1/events/{id}/bookings",
  http_response_status_code!="201"}[$__rate_interval]))`,
				Legend: "{{http_response_status_code}}",
			}},
			Logs: `service.name:gateway AND http.route:"/api/v1/events/{id}/bookings" AND http.response.status_code:[400 TO *]`,
		},
		{
			Title: "Hottest events", Type: Bars, Unit: Count, Width: 6, Thresholds: above(100, 1000),
			Description: "Seats sold in the time shown, of the ten events that sold most, by event id. Cancelled seats are taken off.",
			Queries: []Query{{
				PromQL: `topk(10, -sum by (event) (delta(myevents_seats_left{event!="other"}[$__range])) > 0)`, Legend: "{{event}}",
			}},
			Logs: `event.action:booking.create AND booking.event_id:*`,
		},
		{
			Title: "Seats left", Type: Bars, Unit: Count, Width: 6, Thresholds: below(20, 1),
			Description: "Seats left of the events that sell most, by event id, and of all others together.",
			Queries:     []Query{{PromQL: `sort(sum by (event) (myevents_seats_left))`, Legend: "{{event}}"}},
		},
		{
			Title: "Open pages", Type: Graph, Unit: Count, Width: 6, Thresholds: above(1000, 1800),
			Description: "Pages that show events and are told by a gateway how many seats are left. Each holds a connection; from 2000 on " +
				"a gateway sends them away, and they ask now and then instead.",
			Queries: []Query{{PromQL: `max by (instance) (gateway_seat_streams)`, Legend: "{{instance}}"}},
			Logs:    `service.name:gateway AND http.route:"/api/v1/seats"`,
		},
	}
}

// toConfirm returns the query for the time in which a share of the bookings was answered.
func toConfirm(share string) string {
	return `histogram_quantile(` + share + `, sum by (le) (rate(http_server_request_duration_seconds_bucket{
  service="gateway", http_request_method="POST", http_route="/api/v1/events/{id}/bookings"}[$__rate_interval])))`
}
