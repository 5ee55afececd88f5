@messaging @embedded
Feature: Dead letters
  A message that a service cannot handle is tried again, then kept for an operator with the history of its failures.

  Scenario: A failure that passes leaves no trace
    Given an event "Jazz Night" with 10 seats
    And the booking service fails 2 times to handle "event.cancelled"
    When the organizer cancels the event "Jazz Night"
    Then soon Alice can no longer book "Jazz Night": "event-cancelled"
    And there is no dead letter

  Scenario: A message that keeps failing is kept with its history
    Given an event "Jazz Night" with 10 seats
    And the booking service fails 6 times to handle "event.cancelled"
    When the organizer cancels the event "Jazz Night"
    Then the operator finds a dead letter of the booking service
    And the dead letter holds the message "event.cancelled"
    And the dead letter tells of 6 failures

  Scenario: A requeued message is handled
    Given an event "Jazz Night" with 10 seats
    And the booking service fails 6 times to handle "event.cancelled"
    When the organizer cancels the event "Jazz Night"
    Then the operator finds a dead letter of the booking service
    When the operator requeues the dead letter
    Then soon Alice can no longer book "Jazz Night": "event-cancelled"
    And the operator finds no dead letter of the booking service

  Scenario: A requeued message that fails again is kept
    Given an event "Jazz Night" with 10 seats
    And the booking service fails 7 times to handle "event.cancelled"
    When the organizer cancels the event "Jazz Night"
    Then the operator finds a dead letter of the booking service
    When the operator requeues the dead letter
    Then the answer is the problem "requeue-failed" with the status 409
    And the operator finds a dead letter of the booking service
    And the dead letter tells of 7 failures

  Scenario: A message that can never be handled is not tried again
    When a message "event.changed" with the data {"id": ""} arrives
    Then the operator finds a dead letter of the booking service
    And the dead letter tells of 1 failure
    And the operator finds a dead letter of the search service

  Scenario: Nonsense on the broker stops nobody
    When a message that is no message arrives for the topic "event"
    Then the operator finds a dead letter of the booking service
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    And "Jazz Night" has 8 seats left

  Scenario: An operator drops a dead letter
    When a message "event.changed" with the data {"id": ""} arrives
    Then the operator finds a dead letter of the booking service
    When the operator drops the dead letter
    Then the answer has the status 204
    And the operator finds no dead letter of the booking service
    When the operator requeues the dead letter
    Then the answer is the problem "dead-letter-not-found" with the status 404

  Scenario: A message in trouble does not hold up the others
    Given an event "Jazz Night" with 10 seats
    And an event "Rock Night" with 10 seats
    And the booking service fails 6 times to handle "event.cancelled"
    When the organizer cancels the event "Jazz Night"
    And the organizer changes the "capacity" of "Rock Night" to 20
    Then soon Alice can book 20 seats for "Rock Night"

  Scenario: Only operators see dead letters
    When Alice lists the dead letters
    Then the answer is the problem "forbidden" with the status 403
