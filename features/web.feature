@web
Feature: The web page
  People use the platform in a page that the gateway serves. Their session is in a cookie, and what they do there is the
  beginning of the trace.

  @core @smoke
  Scenario: Somebody signs in on the page
    Given Alice signs up
    When Alice signs in on the page
    Then the answer has the status 200
    And the answer does not show the "token"
    And the cookie of Alice is kept from scripts and from other sites
    When Alice looks at their profile on the page
    Then the answer has the status 200
    And the "first_name" in the answer is "Alice"

  @core
  Scenario: A wrong password on the page
    Given Alice signs up
    When Alice signs in on the page with the password "not the password"
    Then the answer is the problem "invalid-credentials" with the status 401

  @core
  Scenario: A session on the page is renewed
    Given Alice signs up
    And Alice signs in on the page
    When Alice renews the session on the page
    Then the answer has the status 200
    When Alice looks at their profile on the page
    Then the answer has the status 200
    And the earlier token of Alice still works

  @core
  Scenario: Somebody signs out on the page
    Given Alice signs up
    And Alice signs in on the page
    When Alice signs out on the page
    Then the answer has the status 204
    And every service refuses the token of Alice within 2 seconds
    When Alice looks at their profile on the page
    Then the answer is the problem "unauthenticated" with the status 401

  @embedded
  Scenario: The session on the page ends after ten minutes
    Given Alice signs up
    And Alice signs in on the page
    When 11 minutes pass
    And Alice looks at their profile on the page
    Then the answer is the problem "token-expired" with the status 401
    When Alice signs in on the page
    And Alice looks at their profile on the page
    Then the answer has the status 200

  @core
  Scenario: A page of another origin cannot act for somebody
    Given an event "Jazz Night" with 10 seats
    And Alice signs up
    And Alice signs in on the page
    When a page of another origin books 2 seats for "Jazz Night" with the cookie of Alice
    Then the answer is the problem "cross-origin" with the status 403
    And Alice has 0 confirmed bookings for "Jazz Night"

  @core
  Scenario: Who looks at an event sees its seats go
    Given an event "Jazz Night" with 10 seats
    When a page watches the seats of "Jazz Night"
    Then the page hears that "Jazz Night" has 10 seats left
    When Alice books 4 seats for "Jazz Night"
    Then the page hears that "Jazz Night" has 6 seats left
    When Alice cancels the booking
    Then the page hears that "Jazz Night" has 10 seats left

  @embedded @metrics
  Scenario: Pages that watch seats are counted
    Given an event "Jazz Night" with 10 seats
    When a page watches the seats of "Jazz Night"
    Then the metric "gateway_seat_streams" is 1
    When the page is closed
    Then the metric "gateway_seat_streams" is 0

  @core @traces
  Scenario: From the click to the last service that hears of it
    Given an event "Jazz Night" with 10 seats
    And Alice signs up
    And Alice signs in on the page
    When Alice books 2 seats for "Jazz Night" on the page
    Then the booking is confirmed
    And the trace is:
      """
      web click Book
        web client POST /api/v1/events/{id}/bookings
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

  @embedded @metrics
  Scenario: Spans of the page are counted
    Given an event "Jazz Night" with 10 seats
    And Alice signs up
    And Alice signs in on the page
    And the metrics are noted
    When Alice books 2 seats for "Jazz Night" on the page
    Then these metrics went up:
      | metric                                           | by |
      | myevents_browser_spans_total{outcome='accepted'} | 2  |
      | myevents_browser_spans_total{outcome='refused'}  | 0  |

  @core
  Scenario: The page cannot tell just anything
    Then the page cannot report a span with any of these:
      | field          | value                              | names                   |
      | trace_id       | "00000000000000000000000000000000" | spans[0].trace_id       |
      | span_id        | "no id"                            | spans[0].span_id        |
      | parent_span_id | "0000000000000000"                 | spans[0].parent_span_id |
      | name           | ""                                 | spans[0].name           |
      | kind           | "server"                           | spans[0].kind           |
      | started_at_us  | 1000000                            | spans[0].started_at_us  |
      | duration_us    | -1                                 | spans[0].duration_us    |
      | tags           | {"service.name": "booking"}        | spans[0].tags           |
      | service        | "booking"                          | spans[0].service        |
    And the page cannot report 51 spans at once

  @embedded
  Scenario: Where nobody wants the page's spans it is told so
    Given the platform restarts with these settings:
      | setting       | value |
      | BROWSER_SPANS | false |
    When a visitor sends GET "/browser/settings"
    Then the "spans" in the answer is false
    When the page reports a span
    Then the answer is the problem "spans-not-taken" with the status 404
