package dashboards

import "slices"

// messaging shows the way of a message: outbox, broker, consumer, dead letter queue.
func messaging() Dashboard {
	return Dashboard{
		UID: "messaging", Title: "Messaging",
		Description: "The way of a message. First row: whether messages arrive. Second: the publishing side. " +
			"Third: the consuming side. Fourth: what went wrong on the way.",
		Panels: slices.Concat(arrivals(), publishing(), consuming(), failures()),
	}
}

// arrivals says whether messages arrive.
func arrivals() []Panel {
	return []Panel{
		{
			Title: "Delivery", Type: Graph, Unit: Seconds, Width: 8, Thresholds: above(1, 10),
			Description: "From what happened until a service had processed the message about it, 99 of 100: outbox, broker, " +
				"retries and waiting included. The points are messages; each leads to its trace.",
			Queries: []Query{{
				PromQL: `histogram_quantile(0.99, sum by (le, service, messaging_destination_name) (
  rate(messaging_delivery_duration_seconds_bucket[$__rate_interval])))`,
				Legend: "{{messaging_destination_name}} to {{service}}", Exemplars: true,
			}},
			Alerts: []string{"DeliveryBurn", "CopyFreshnessBurn"},
		},
		{
			Title: "Dead letters", Type: Stat, Unit: Count, Width: 8, Thresholds: above(1, 10),
			Description: "Messages that were given up and wait for an operator. What they tell has not happened for the service.",
			Queries:     []Query{{PromQL: `sum by (service) (dead_letters_waiting)`, Legend: "{{service}}"}},
			Logs:        `event.action:(message.parked OR message.parking_failed)`,
			Alerts:      []string{"DeadLetters"},
		},
		{
			Title: "Broker", Type: Stat, Unit: Count, Width: 8, Thresholds: below(1, 0),
			Description: "1 while the service reaches the broker, 0 while it does not. Meanwhile messages wait in the outbox.",
			Queries:     []Query{{PromQL: `min by (service) (messaging_client_connected)`, Legend: "{{service}}"}},
			Logs:        `event.action:(broker.disconnected OR broker.connect OR broker.reconnected OR broker.error)`,
			Alerts:      []string{"BrokerDisconnected"},
		},
	}
}

// publishing says what the outboxes do.
func publishing() []Panel {
	return []Panel{
		{
			Title: "Outbox backlog", Type: Graph, Unit: Count, Width: 8, Thresholds: above(100, 1000),
			Description: "Messages that were committed with a change and that the broker does not have yet.",
			Queries:     []Query{{PromQL: `sum by (service) (outbox_pending_messages)`, Legend: "{{service}}"}},
			Logs:        `event.action:(outbox.publish OR outbox.cursor)`,
			Alerts:      []string{"OutboxStuck"},
		},
		{
			Title: "Outbox age", Type: Graph, Unit: Seconds, Width: 8, Thresholds: above(10, 60),
			Description: "How long the oldest message has been waiting for the broker. It grows while nothing gets out; 0: none waits.",
			Queries: []Query{{
				PromQL: `max by (service) (
  (time() - outbox_oldest_pending_timestamp_seconds) * (outbox_oldest_pending_timestamp_seconds > bool 0))`,
				Legend: "{{service}}",
			}},
			Logs:   `event.action:(outbox.publish OR outbox.cursor)`,
			Alerts: []string{"OutboxStuck"},
		},
		{
			Title: "Published", Type: Graph, Unit: PerSecond, Width: 8, Thresholds: above(500, 1000),
			Description: "Messages that the broker has taken.",
			Queries: []Query{{
				PromQL: `sum by (service) (rate(outbox_published_total[$__rate_interval]))`, Legend: "{{service}}",
			}},
		},
	}
}

// consuming says what the consumers do.
func consuming() []Panel {
	return []Panel{
		{
			Title: "Consumer lag", Type: Graph, Unit: Count, Width: 8, Thresholds: above(100, 1000),
			Description: "Messages that a service has not acknowledged yet, by topic and broker: what waits there, and what it is busy with.",
			Queries: []Query{{
				PromQL: `sum by (service, messaging_destination_name, messaging_system) (messaging_pending_messages)`,
				Legend: "{{messaging_destination_name}} to {{service}} ({{messaging_system}})",
			}},
			Alerts: []string{"ConsumerLag"},
		},
		{
			Title: "Processed", Type: Graph, Unit: PerSecond, Width: 8, Thresholds: above(500, 1000),
			Description: "Messages that a service was done with, by outcome. What failed is a dead letter.",
			Queries: []Query{{
				PromQL: `sum by (service, outcome) (rate(messaging_process_duration_seconds_count[$__rate_interval]))`,
				Legend: "{{service}} {{outcome}}",
			}},
		},
		{
			Title: "Time to process", Type: Graph, Unit: Seconds, Width: 8, Thresholds: above(1, 10),
			Description: "Within this time 99 of 100 messages were processed, retries and the pauses between them included.",
			Queries: []Query{{
				PromQL: `histogram_quantile(0.99, sum by (le, service, type) (
  rate(messaging_process_duration_seconds_bucket[$__rate_interval])))`,
				Legend: "{{type}} in {{service}}", Exemplars: true,
			}},
		},
	}
}

// failures says what went wrong on the way.
func failures() []Panel {
	return []Panel{
		{
			Title: "Publishing failed", Type: Graph, Unit: PerSecond, Width: 8, Thresholds: above(0.01, 0.1),
			Description: "Attempts to publish that failed. The messages stay in the outbox and are published again.",
			Queries: []Query{{
				PromQL: `sum by (service) (rate(outbox_publish_failures_total[$__rate_interval]))`, Legend: "{{service}}",
			}},
			Logs:   `event.action:outbox.publish`,
			Alerts: []string{"OutboxStuck"},
		},
		{
			Title: "Retries", Type: Graph, Unit: PerSecond, Width: 8, Thresholds: above(0.1, 1),
			Description: "Attempts to process a message again. A few pass by themselves; many are dead letters to come.",
			Queries: []Query{{
				PromQL: `sum by (service, messaging_destination_name) (rate(messaging_retries_total[$__rate_interval]))`,
				Legend: "{{messaging_destination_name}} in {{service}}",
			}},
		},
		{
			Title: "New dead letters", Type: Graph, Unit: PerSecond, Width: 8, Thresholds: above(0.001, 0.1),
			Description: "Messages that were given up. The log lines have their ids, and why.",
			Queries: []Query{{
				PromQL: `sum by (service, messaging_destination_name) (rate(dead_letters_total[$__rate_interval]))`,
				Legend: "{{messaging_destination_name}} in {{service}}",
			}},
			Logs:   `event.action:message.parked`,
			Alerts: []string{"DeadLetters"},
		},
	}
}
