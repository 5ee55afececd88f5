@booking
Feature: Idempotent retry
  Whoever does not know whether a booking arrived sends it again with the same key, and gets the same answer.

  @core @smoke
  Scenario: The same key gives the same booking
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night" with the key "first try"
    And Alice books 2 seats for "Jazz Night" with the key "first try"
    Then the booking is confirmed
    And the answer is the same as before
    And "Jazz Night" has 8 seats left
    And Alice has 1 confirmed booking for "Jazz Night"

  @core
  Scenario: The same booking sent many times at once is made once
    Given an event "Jazz Night" with 10 seats
    When Alice sends the same booking of 2 seats for "Jazz Night" 20 times at once
    Then all of them got the same booking
    And "Jazz Night" has 8 seats left
    And Alice has 1 confirmed booking for "Jazz Night"

  @core
  Scenario: A refusal is repeated too, even when there are seats again
    Given an event "Jazz Night" with 2 seats
    And Bob books 2 seats for "Jazz Night"
    When Alice books 1 seat for "Jazz Night" with the key "first try"
    Then the answer is the problem "sold-out"
    When Bob cancels the booking
    And Alice books 1 seat for "Jazz Night" with the key "first try"
    Then the answer is the problem "sold-out"
    When Alice books 1 seat for "Jazz Night" with the key "second try"
    Then the booking is confirmed

  @core
  Scenario: A key cannot be used for another booking
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night" with the key "first try"
    And Alice books 3 seats for "Jazz Night" with the key "first try"
    Then the answer is the problem "idempotency-key-reused" with the status 422
    And "Jazz Night" has 8 seats left

  @core
  Scenario: Everybody's keys are their own
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night" with the key "first try"
    And Bob books 3 seats for "Jazz Night" with the key "first try"
    Then the booking is confirmed
    And "Jazz Night" has 5 seats left

  @exclusive
  Scenario: The same key gives the same booking after a restart
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night" with the key "first try"
    And the booking service stops
    And the booking service starts again
    And Alice books 2 seats for "Jazz Night" with the key "first try"
    Then the booking is confirmed
    And the answer is the same as before
    And "Jazz Night" has 8 seats left
