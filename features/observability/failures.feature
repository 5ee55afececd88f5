@observability @traces @metrics @logs
Feature: Failures
  What goes wrong shows in the trace, the metrics and the logs, and one trace id leads from each to the others.

  @exclusive
  Scenario: A booking that is refused
    Given an event "Jazz Night" with 1 seat
    And Alice is signed in
    And the metrics are noted
    When Alice books 2 seats for "Jazz Night"
    Then the answer is the problem "not-enough-seats" with the status 409
    And the trace is:
      """
      gateway server POST /api/v1/events/{id}/bookings
        gateway client POST [409]
          booking server POST /api/v1/events/{id}/bookings
            booking client place bookings
            booking producer publish booking.rejected
      """
    And the trace has these log lines:
      | service.name | event.action   | event.outcome | event.reason     | http.response.status_code |
      | booking      | booking.create | failure       | not-enough-seats |                           |
      | booking      | http.request   |               |                  | 409                       |
      | gateway      | http.request   |               |                  | 409                       |
    And these metrics went up:
      | metric                                                                                                          | by |
      | myevents_bookings_total{outcome="rejected"}                                                                     | 1  |
      | sum(http_server_request_duration_seconds_count{service="booking",http_response_status_code="409"}) or vector(0) | 1  |
      | myevents_seats_booked_total                                                                                     | 0  |
    And an example of the metric "http_server_request_duration_seconds_bucket{service='booking',http_response_status_code='409'}" is the trace

  @exclusive
  Scenario: A booking while the booking service is away
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    And the metrics are noted
    When the booking service stops
    And Alice books 2 seats for "Jazz Night"
    Then the answer is the problem "unavailable" with the status 503
    And the trace is:
      """
      gateway server POST /api/v1/events/{id}/bookings [503]
        gateway client POST [*]
      """
    And the span "POST" of the gateway service has:
      | tag                 | value   |
      | http.request.method | POST    |
      | service.peer.name   | booking |
    And the trace has these log lines:
      | service.name | event.action    | http.response.status_code | service.target.name |
      | gateway      | http.request    | 503                       |                     |
      | gateway      | gateway.forward |                           | booking             |
    And these metrics went up:
      | metric                                                                                                          | by |
      | sum(http_server_request_duration_seconds_count{service="gateway",http_response_status_code="503"}) or vector(0) | 1  |
    And an example of the metric "http_server_request_duration_seconds_bucket{service='gateway',http_response_status_code='503'}" is the trace
    When the booking service starts again
    And Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed

  @embedded
  Scenario: A message that cannot be handled, until an operator requeues it
    Given an event "Jazz Night" with 10 seats
    And the metrics are noted
    And the booking service fails 6 times to handle "event.cancelled"
    When the organizer cancels the event "Jazz Night"
    Then the trace is:
      """
      gateway server POST /api/v1/events/{id}/cancel
        gateway client POST
          event server POST /api/v1/events/{id}/cancel
            event client commit events
            event client select events
            event producer publish event.cancelled
              booking consumer process event.cancelled [*]
              event consumer process event.cancelled
              search consumer process event.cancelled
                search client apply documents
      """
    And the span "process event.cancelled" of the booking service tells 5 times of "retry"
    And the trace has these log lines:
      | service.name | log.level | event.action   | messaging.destination.name |
      | booking      | error     | message.parked | event                      |
    And these metrics went up:
      | metric                                                                                               | by |
      | sum(messaging_retries_total{service="booking"})                                                      | 5  |
      | sum(dead_letters_total{service="booking"})                                                           | 1  |
      | dead_letters_waiting{service="booking"}                                                              | 1  |
      | messaging_process_duration_seconds_count{service="booking",type="event.cancelled",outcome="failure"} | 1  |
      | messaging_process_duration_seconds_count{service="booking",type="event.cancelled",outcome="success"} | 0  |
    And an example of the metric "messaging_process_duration_seconds_bucket{service='booking',outcome='failure'}" is the trace
    When that trace is followed
    Then the operator finds a dead letter of the booking service
    When the operator requeues the dead letter
    Then the trace is:
      """
      gateway server POST /api/v1/events/{id}/cancel
        gateway client POST
          event server POST /api/v1/events/{id}/cancel
            event client commit events
            event client select events
            event producer publish event.cancelled
              booking consumer process event.cancelled
                booking client apply events
              booking consumer process event.cancelled [*]
              event consumer process event.cancelled
              search consumer process event.cancelled
                search client apply documents
      """
    And the metric "sum(dead_letters_waiting)" is 0
