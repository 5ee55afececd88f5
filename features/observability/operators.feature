@observability @traces
Feature: Operators look at traces and health
  From a booking to everything it caused, and from one page to how every service is.

  @core
  Scenario: An operator goes from a booking to its trace
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    And from now on requests belong to no trace
    When Alice books 2 seats for "Jazz Night"
    Then the answer has the header "Trace-Id"
    When that trace is followed
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
    When the operator sends GET "/operator/traces/{trace}"
    Then the answer has the status 200
    And the "name" in the answer is "post /api/v1/events/{id}/bookings"
    And the "span_count" in the answer is 9
    And the "error_count" in the answer is 0
    And the "services" in the answer is ["booking", "event", "gateway", "search"]
    And the "spans[0].service" in the answer is "gateway"

  @core
  Scenario: A booking that was refused has a trace too
    Given an event "Jazz Night" with 1 seat
    And Alice is signed in
    And from now on requests belong to no trace
    When Alice books 2 seats for "Jazz Night"
    Then the answer is the problem "not-enough-seats"
    And the answer has the header "Trace-Id"
    When that trace is followed
    Then the trace is:
      """
      gateway server POST /api/v1/events/{id}/bookings
        gateway client POST [409]
          booking server POST /api/v1/events/{id}/bookings
            booking client place bookings
            booking producer publish booking.rejected
      """
    When the operator sends GET "/operator/traces/{trace}"
    Then the "error_count" in the answer is 1

  @core
  Scenario: An operator searches traces
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    And "Jazz Night" has 8 seats left
    When the operator sends GET "/operator/traces?service_name=booking&limit=1"
    Then the answer has the status 200
    And the answer shows 1 item

  @core
  Scenario: Traces and health are for operators, and what nobody knows is not found
    Then these requests are refused:
      | who           | method | path                                              | problem         | status |
      | a visitor     | GET    | /operator/traces                                  | unauthenticated | 401    |
      | a visitor     | GET    | /operator/traces/4bf92f3577b34da6a3ce929d0e0e4736 | unauthenticated | 401    |
      | a visitor     | GET    | /operator/health                                  | unauthenticated | 401    |
      | Alice         | GET    | /operator/traces                                  | forbidden       | 403    |
      | Alice         | GET    | /operator/traces/4bf92f3577b34da6a3ce929d0e0e4736 | forbidden       | 403    |
      | Alice         | GET    | /operator/health                                  | forbidden       | 403    |
      | the organizer | GET    | /operator/traces                                  | forbidden       | 403    |
      | the organizer | GET    | /operator/health                                  | forbidden       | 403    |
      | the operator  | GET    | /operator/traces/4bf92f3577b34da6a3ce929d0e0e4736 | trace-not-found | 404    |
      | the operator  | GET    | /operator/traces/nonsense                         | invalid-request | 400    |
      | the operator  | GET    | /operator/traces?limit=0                          | invalid-request | 400    |
      | the operator  | GET    | /operator/traces?min_duration=20&max_duration=10  | invalid-request | 400    |
      | the operator  | GET    | /operator/traces?anything=else                    | invalid-request | 400    |

  @embedded
  Scenario: Where traces are not kept the operator is told so
    Given the platform restarts with these settings:
      | setting              | value |
      | OTEL_TRACES_EXPORTER | none  |
    When the operator sends GET "/operator/traces"
    Then the answer is the problem "traces-not-kept" with the status 503

  @embedded
  Scenario: While Zipkin is down the operator is told so
    Given the platform restarts with these settings:
      | setting                       | value                           |
      | OTEL_TRACES_EXPORTER          | zipkin                          |
      | OTEL_EXPORTER_ZIPKIN_ENDPOINT | http://127.0.0.1:9/api/v2/spans |
      | OTEL_BSP_EXPORT_TIMEOUT       | 100                             |
    When the operator sends GET "/operator/traces"
    Then the answer is the problem "unavailable" with the status 503

  @core
  Scenario: An operator sees how all services are
    When the operator sends GET "/operator/health"
    Then the answer has the status 200
    And the "status" in the answer is "ok"
    And the answer shows the service "booking" as "ok"
    And the answer shows the service "event" as "ok"
    And the answer shows the service "gateway" as "ok"
    And the answer shows the service "identity" as "ok"
    And the answer shows the service "search" as "ok"

  @exclusive
  Scenario: An operator sees which service is away
    Given the operator is signed in
    When the booking service stops
    And the operator sends GET "/operator/health"
    Then the answer has the status 200
    And the "status" in the answer is "failing"
    And the answer shows the service "booking" as "down"
    And the answer shows the service "event" as "ok"
    When the booking service starts again
