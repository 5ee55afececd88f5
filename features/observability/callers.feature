@observability @traces
Feature: Callers and sampling
  Who calls may bring a trace along, and decides whether it is kept. Nobody who calls notices where traces go.

  @core
  Scenario Outline: The trace of a caller is continued: <headers>
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    When from now on requests belong to a "<headers>" trace
    And Alice books 2 seats for "Jazz Night"
    Then the trace begins below the caller's span
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

    Examples:
      | headers   |
      | W3C       |
      | B3        |
      | B3 single |

  @embedded
  Scenario Outline: A trace that its caller does not want is not kept: <headers>
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    When from now on requests belong to a "<headers>" trace that is not sampled
    And Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    And nobody kept the trace

    Examples:
      | headers   |
      | W3C       |
      | B3        |
      | B3 single |

  @embedded @logs
  Scenario: With sampling off there are no traces, but the log lines still belong together
    Given the platform restarts with these settings:
      | setting             | value                  |
      | OTEL_TRACES_SAMPLER | parentbased_always_off |
    And an event "Jazz Night" with 10 seats
    And Alice is signed in
    When from now on requests belong to no trace
    And Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    And the trace has these log lines:
      | service.name | event.action   |
      | gateway      | http.request   |
      | booking      | http.request   |
      | booking      | booking.create |
    And nobody kept the trace

  @embedded @metrics
  Scenario: While Zipkin is down people book, and what is lost is counted
    Given the platform restarts with these settings:
      | setting                       | value                           |
      | OTEL_TRACES_EXPORTER          | zipkin                          |
      | OTEL_EXPORTER_ZIPKIN_ENDPOINT | http://127.0.0.1:9/api/v2/spans |
      | OTEL_BSP_EXPORT_TIMEOUT       | 100                             |
    And an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    And "Jazz Night" has 8 seats left
    And the metric "myevents_spans_dropped_total{reason='export-failed'}" is at least 1
    And the metric "myevents_spans_exported_total" is 0

  @embedded @metrics
  Scenario: A queue of spans that is full loses the newest, and counts them
    Given the platform restarts with these settings:
      | setting                        | value                           |
      | OTEL_TRACES_EXPORTER           | zipkin                          |
      | OTEL_EXPORTER_ZIPKIN_ENDPOINT  | http://127.0.0.1:9/api/v2/spans |
      | OTEL_BSP_MAX_QUEUE_SIZE        | 4                               |
      | OTEL_BSP_MAX_EXPORT_BATCH_SIZE | 2                               |
      | OTEL_BSP_EXPORT_TIMEOUT        | 300                             |
    And an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    And the metric "myevents_spans_dropped_total{reason='queue-full'}" is at least 1
    And the metric "myevents_spans_queued <= bool 4" is 1
