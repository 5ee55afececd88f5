@booking
Feature: Sold out
  An event is never oversold, whoever comes at the same time.

  @core @smoke
  Scenario: The last seats are taken
    Given an event "Jazz Night" with 3 seats
    When Alice books 3 seats for "Jazz Night"
    Then the booking is confirmed
    When Bob books 1 seat for "Jazz Night"
    Then the answer is the problem "sold-out" with the status 409
    And "Jazz Night" has 0 seats left
    And Bob has 0 confirmed bookings for "Jazz Night"

  @core
  Scenario: Fewer seats are left than are asked for
    Given an event "Jazz Night" with 3 seats
    When Alice books 2 seats for "Jazz Night"
    And Bob books 2 seats for "Jazz Night"
    Then the answer is the problem "not-enough-seats" with the status 409
    And "Jazz Night" has 1 seat left
    When Bob books 1 seat for "Jazz Night"
    Then the booking is confirmed

  @core
  Scenario: Many people want the last seats at the same time
    Given an event "Jazz Night" with 10 seats
    When 25 people book 1 seat each for "Jazz Night" at the same time
    Then exactly 10 of them are confirmed
    And the others are refused as "sold-out"
    And "Jazz Night" has 0 seats left

  @core
  Scenario: A seat that was given back can be booked again
    Given an event "Jazz Night" with 1 seat
    When Alice books 1 seat for "Jazz Night"
    And Bob books 1 seat for "Jazz Night"
    Then the answer is the problem "sold-out"
    When Alice cancels the booking
    And Bob books 1 seat for "Jazz Night"
    Then the booking is confirmed
    And "Jazz Night" has 0 seats left
