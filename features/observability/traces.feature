@observability @traces
Feature: Traces
  One trace from the click to the last service that hears of it, whatever happens on the way.

  @core
  Scenario: The trace of a booking
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    When Alice books 2 seats for "Jazz Night"
    Then the trace is:
      """
      gateway server POST /api/v1/events/{id}/bookings
        gateway client POST
          booking server POST /api/v1/events/{id}/bookings
            booking client place bookings
            booking producer publish booking.confirmed
              event consumer process booking.confirmed
                event client update events
              search consumer process booking.confirmed
                search client apply documents
      """
    And the span "POST /api/v1/events/{id}/bookings" of the booking service has:
      | tag                       | value                        |
      | http.request.method       | POST                         |
      | http.route                | /api/v1/events/{id}/bookings |
      | http.response.status_code | 201                          |
      | error                     |                              |
    And the span "place bookings" of the booking service has:
      | tag                | value    |
      | db.operation.name  | place    |
      | db.collection.name | bookings |
    And the span "publish booking.confirmed" of the booking service has:
      | tag                        | value             |
      | messaging.operation.type   | send              |
      | messaging.operation.name   | publish           |
      | messaging.destination.name | booking           |
      | cloudevents.event_type     | booking.confirmed |
    And the span "process booking.confirmed" of the search service has:
      | tag                           | value   |
      | messaging.operation.type      | process |
      | messaging.destination.name    | booking |
      | messaging.consumer.group.name | search  |

  @core @smoke
  Scenario: The trace of a booking that nobody had begun
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    And from now on requests belong to no trace
    When Alice books 2 seats for "Jazz Night"
    Then the answer has the header "Trace-Id"
    And the trace is:
      """
      gateway server POST /api/v1/events/{id}/bookings
        gateway client POST
          booking server POST /api/v1/events/{id}/bookings
            booking client place bookings
            booking producer publish booking.confirmed
              event consumer process booking.confirmed
                event client update events
              search consumer process booking.confirmed
                search client apply documents
      """

  @core
  Scenario: The trace of a cancelled event
    Given an event "Jazz Night" with 10 seats
    When the organizer cancels the event "Jazz Night"
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
              event consumer process event.cancelled
              search consumer process event.cancelled
                search client apply documents
      """

  @embedded
  Scenario: A message that is handled at the third attempt
    Given an event "Jazz Night" with 10 seats
    And the booking service fails 2 times to handle "event.cancelled"
    When the organizer cancels the event "Jazz Night"
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
              event consumer process event.cancelled
              search consumer process event.cancelled
                search client apply documents
      """
    And the span "process event.cancelled" of the booking service tells 2 times of "retry"
    And the span "publish event.cancelled" of the event service has:
      | tag                         | value       |
      | messaging.system            | nats        |
      | deployment.environment.name | development |
    And the span "apply events" of the booking service has:
      | tag                         | value       |
      | db.system.name              | sqlite      |
      | deployment.environment.name | development |

  @exclusive
  Scenario: What could not be published before a restart is published in the trace it belongs to
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    When the broker goes away
    And Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    When that trace is followed
    And the booking service stops
    And the broker comes back
    And the booking service starts again
    Then the trace is:
      """
      gateway server POST /api/v1/events/{id}/bookings
        gateway client POST
          booking server POST /api/v1/events/{id}/bookings
            booking client place bookings
            booking producer publish booking.confirmed
              event consumer process booking.confirmed
                event client update events
              search consumer process booking.confirmed
                search client apply documents
            booking producer publish booking.confirmed [*]
      """

  @embedded
  Scenario: Work in the background has traces of its own, which lead to those it works for
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    When Alice books 2 seats for "Jazz Night"
    And that trace is followed
    Then a trace of its own, "relay booking", leads to the trace
    When Alice searches their bookings for "jazz"
    Then the search finds 1 booking for "Jazz Night"
    When the search service replays
    Then a trace of its own, "replay search", leads to the trace

  @embedded
  Scenario: No span loses its cause, whatever happens
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    And Bob books 9 seats for "Jazz Night"
    And Alice cancels the booking
    And 5 people book 1 seat each for "Jazz Night" at the same time
    And the organizer changes the "name" of "Jazz Night" to "Blues Night"
    And a visitor searches for "blues"
    When all messages of the booking service arrive again
    And the booking service stops
    And a visitor sends GET "/bookings"
    And the booking service starts again
    And the search service replays
    And the booking service replays
    Then every trace is whole

  @embedded
  Scenario: Health checks and scrapes are not traced
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    When somebody looks at "/metrics" on the admin port of the booking service
    And somebody looks at "/livez" on the admin port of the booking service
    And somebody looks at "/readyz" on the admin port of the booking service
    And somebody looks at "/healthz" on the admin port of the booking service
    Then no trace tells of "/metrics"
    And no trace tells of "/livez"
    And no trace tells of "/readyz"
    And no trace tells of "/healthz"
