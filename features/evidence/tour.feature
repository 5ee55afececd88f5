Feature: A tour of the platform
  A day on which little goes wrong, so that dashboards have something to show. Where the metrics are noted or asked, Prometheus has
  seen what was before: what happens only once, at a moment, would be on no graph.

  Scenario: People come and go
    Given Alice is signed in
    When Alice changes the password to "another password"
    And Alice signs in
    And Alice renews the session
    And Alice looks at their profile
    And Alice signs out
    And Alice looks at their profile
    Then the answer is the problem "session-revoked" with the status 401

  Scenario: Seats are sold, and not sold
    Given an event "Folk Night" with 30 seats
    And an event "Jazz Night" with 10 seats
    And an event "Rock Night" with 50 seats
    And the metric "max(myevents_seats_left)" is at least 50
    When the organizer changes the "name" of "Rock Night" to "Rock Nights"
    And Alice books 2 seats for "Jazz Night"
    And Alice books 1 seat for "Rock Night"
    And Bob books 3 seats for "Jazz Night"
    And Bob cancels the booking
    And Bob books 9 seats for "Jazz Night"
    Then the answer is the problem "not-enough-seats" with the status 409
    When the metrics are noted
    And Bob books 8 seats for "Jazz Night"
    And Alice books 1 seat for "Jazz Night"
    Then the answer is the problem "sold-out" with the status 409
    When Alice looks at the booking of Alice
    And a visitor lists the events
    And a visitor looks at the event "Rock Night"
    And a visitor searches for "night"
    And the organizer cancels the event "Rock Night"
    Then soon Alice can no longer book "Rock Night": "event-cancelled"
    When Bob books 4 seats for "Folk Night"
    Then the booking is confirmed
    And the metric "min(delta(myevents_seats_left{event!='other'}[10m])) < bool 0" is 1

  Scenario: Seats are sold on the page
    Given an event "Jazz Night" with 10 seats
    And Alice signs up
    And Alice signs in on the page
    When a page watches the seats of "Jazz Night"
    And the metrics are noted
    And Alice books 2 seats for "Jazz Night" on the page
    Then the page hears that "Jazz Night" has 8 seats left
    And the metric "sum(gateway_seat_streams)" is 1
    And the metric "sum(myevents_browser_spans_total{outcome='accepted'})" is at least 2

  Scenario: Messages need several attempts, and one is given up
    Given an event "Jazz Night" with 10 seats
    And the booking service fails 11 times to handle "event.changed"
    When the organizer changes the "capacity" of "Jazz Night" to 15
    And the organizer changes the "capacity" of "Jazz Night" to 20
    Then the metric "sum(messaging_pending_messages)" is at least 1
    And soon Alice can book 20 seats for "Jazz Night"
    When a message "event.changed" with the data {"id": ""} arrives
    Then the metric "sum(dead_letters_waiting{service='booking'})" is at least 1

  Scenario: Messages wait for the broker
    Given an event "Jazz Night" with 10 seats
    When the broker goes away
    And Alice books 2 seats for "Jazz Night"
    Then the metric "sum(outbox_pending_messages)" is at least 1
    And the metric "sum(outbox_publish_failures_total)" is at least 1
    When the broker comes back
    Then "Jazz Night" has 8 seats left

  Scenario: A service is away for a moment
    Given an event "Jazz Night" with 10 seats
    When the event service stops
    And a visitor looks at the event "Jazz Night"
    Then the metric "sum(http_server_request_duration_seconds_count{service='gateway',http_response_status_code='503'})" is at least 1
    When a visitor looks at the event "Jazz Night"
    And a visitor looks at the event "Jazz Night"
    Then the answer is the problem "unavailable" with the status 503
    And the metric "sum(http_server_request_duration_seconds_count{service='gateway',http_response_status_code='503'})" is at least 2
    And the metric "sum(gateway_circuit_state{state!='closed'})" is at least 1
    When Alice books 1 seat for "Jazz Night"
    And the event service starts again
    Then "Jazz Night" has 9 seats left
