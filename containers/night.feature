Feature: A night
  What there is to find in logs and traces afterwards. The booking service's store is slow.

  Scenario: Seats are sold, and not sold
    Given an event "Jazz Night" with 4 seats
    And Alice is signed in
    When a visitor sends POST "/sessions" with the body:
      """
      {"email": "nobody@example.com", "password": "nobody's"}
      """
    Then the answer is the problem "invalid-credentials" with the status 401
    When Alice books 2 seats for "Jazz Night"
    And Bob books 3 seats for "Jazz Night"
    Then the answer is the problem "not-enough-seats" with the status 409
    When Alice looks at the booking of Alice
    And Alice cancels the booking
    And everything is delivered and handled
    Then "Jazz Night" has 4 seats left

  Scenario: A message is given up
    When a message "event.changed" with the data {"id": ""} arrives
    Then the operator finds a dead letter of the booking service
    When the operator requeues the dead letter
    Then the answer is the problem "requeue-failed" with the status 409
    When the operator drops the dead letter
    Then the answer has the status 204

  Scenario: A service is away, and the broker
    Given an event "Jazz Night" with 4 seats
    And Alice is signed in
    When the event service stops
    And a visitor looks at the event "Jazz Night"
    Then the answer has the status 503
    When the event service starts again
    And the broker goes away
    And Alice books 2 seats for "Jazz Night"
    And the broker comes back
    Then "Jazz Night" has 2 seats left

  Scenario: Nobody takes the spans
    Given the platform restarts with these settings:
      | setting                       | value                            |
      | OTEL_TRACES_EXPORTER          | zipkin                           |
      | OTEL_EXPORTER_ZIPKIN_ENDPOINT | http://127.0.0.1:9/api/v2/spans  |
    When a visitor lists the events
    And Alice is signed in
    And everything is delivered and handled
