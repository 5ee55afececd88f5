@observability @metrics
Feature: Metrics
  What is sold, moved and lost is counted, by exactly as much as happened.

  @exclusive
  Scenario: Bookings and seats are counted
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    And the metrics are noted
    When Alice books 2 seats for "Jazz Night"
    And Alice books 3 seats for "Jazz Night"
    And Alice cancels the booking
    And Alice books 9 seats for "Jazz Night"
    Then the answer is the problem "not-enough-seats"
    And these metrics went up:
      | metric                                       | by |
      | myevents_bookings_total{outcome="confirmed"} | 2  |
      | myevents_bookings_total{outcome="cancelled"} | 1  |
      | myevents_bookings_total{outcome="rejected"}  | 1  |
      | myevents_seats_booked_total                  | 5  |
      | myevents_booking_seats_count                 | 2  |
      | myevents_booking_seats_sum                   | 5  |
      | myevents_booking_seats_bucket{le="2.0"}      | 1  |

  @exclusive
  Scenario: A booking that is sent again is counted once
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    And the metrics are noted
    When Alice books 2 seats for "Jazz Night" with the key "once"
    And Alice books 2 seats for "Jazz Night" with the key "once"
    Then the answer is the same as before
    And these metrics went up:
      | metric                                       | by |
      | myevents_bookings_total{outcome="confirmed"} | 1  |
      | myevents_seats_booked_total                  | 2  |

  @exclusive
  Scenario: Requests are counted by route and status, never by path
    Given an event "Jazz Night" with 10 seats
    And the metrics are noted
    When a visitor looks at the event "Jazz Night"
    And a visitor sends GET "/events/{unknown}"
    And a visitor sends GET "/nothing/{unknown}"
    Then these metrics went up:
      | metric                                                                                                                                         | by |
      | sum(http_server_request_duration_seconds_count{service="event",http_route="/api/v1/events/{id}"})                                              | 2  |
      | sum(http_server_request_duration_seconds_count{service="event",http_route="/api/v1/events/{id}",http_response_status_code="404"}) or vector(0) | 1  |

  @embedded
  Scenario: What a booking sends is published and processed
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    And the metrics are noted
    When Alice books 2 seats for "Jazz Night"
    Then these metrics went up:
      | metric                                                                                                | by |
      | outbox_published_total{service="booking"}                                                             | 1  |
      | messaging_process_duration_seconds_count{type="booking.confirmed",outcome="success",service="event"}  | 1  |
      | messaging_process_duration_seconds_count{type="booking.confirmed",outcome="success",service="search"} | 1  |
      | sum(dead_letters_total)                                                                               | 0  |
      | sum(messaging_retries_total)                                                                          | 0  |
    And the metric "sum(outbox_pending_messages)" is 0

  @embedded
  Scenario: Retries are counted
    Given an event "Jazz Night" with 10 seats
    And the metrics are noted
    And the booking service fails 2 times to handle "event.cancelled"
    When the organizer cancels the event "Jazz Night"
    Then these metrics went up:
      | metric                                          | by |
      | sum(messaging_retries_total{service="booking"}) | 2  |
      | sum(dead_letters_total)                         | 0  |

  @embedded
  Scenario: The inventories and the bookings never differ
    Given the platform restarts with these settings:
      | setting        | value |
      | AUDIT_INTERVAL | 100ms |
    And an event "Jazz Night" with 30 seats
    When 20 people book 2 seats each for "Jazz Night" at the same time
    And Alice books 1 seat for "Jazz Night"
    Then exactly 15 of them are confirmed
    And the metric "sum(myevents_seats_left)" is 0
    And the metric "myevents_inventory_mismatch_seats" still is 0

  @core
  Scenario: Every service says what runs, and since when
    Then the metric "count(count by (service) (myevents_build_info{version!='',environment!=''} == 1))" is 5
    And the metric "count(count by (version, environment) (myevents_build_info))" is 1
    And the metric "count(count by (service) (myevents_deployment_timestamp_seconds > 0))" is 5
    And the metric "max(time() - myevents_deployment_timestamp_seconds) > bool 0" is 1

  @core
  Scenario: Every series says which service it is about, and nothing about anybody
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    Then the metric "count({__name__=~'http_(server|client)_request_.+|messaging_.+|outbox_.+|dead_letters_.+|db_client_.+|myevents_b.+',service=''}) or vector(0)" is 0
    And the metric "count({http_route=~'.*[0-9a-f]{8}-.*'}) or vector(0)" is 0

  @embedded
  Scenario: Paths that nobody knows and new events add no series
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    And a visitor sends GET "/nothing/1"
    And the metrics are noted
    When a visitor sends GET "/nothing/2"
    And a visitor sends GET "/{unknown}/{unknown}"
    And Bob books 1 seat for "Jazz Night"
    Then these metrics went up:
      | metric                                                             | by |
      | count({__name__=~'http_.+\|messaging_.+\|db_.+\|myevents_book.+'}) | 0  |
