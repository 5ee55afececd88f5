@booking
Feature: Cancel a booking
  People give seats back until the event begins.

  @core @smoke
  Scenario: A cancelled booking gives its seats back
    Given an event "Jazz Night" with 10 seats
    And Alice books 4 seats for "Jazz Night"
    And "Jazz Night" has 6 seats left
    When Alice cancels the booking
    Then the booking is cancelled
    And "Jazz Night" has 10 seats left
    And Alice has 0 confirmed bookings for "Jazz Night"
    And Alice has 1 cancelled booking for "Jazz Night"

  @core
  Scenario: Cancelling twice gives the seats back once
    Given an event "Jazz Night" with 10 seats
    And Alice books 4 seats for "Jazz Night"
    And Bob books 1 seat for "Jazz Night"
    When Alice cancels the booking
    And Alice cancels the booking
    Then the answer is the same as before
    And "Jazz Night" has 9 seats left

  @core
  Scenario: Nobody can cancel the booking of somebody else
    Given an event "Jazz Night" with 10 seats
    And Alice books 4 seats for "Jazz Night"
    When Bob cancels the booking of Alice
    Then the answer is the problem "booking-not-found" with the status 404
    And Alice has 1 confirmed booking for "Jazz Night"
    And "Jazz Night" has 6 seats left

  @core
  Scenario: A booking that does not exist cannot be cancelled
    When Alice sends DELETE "/bookings/{unknown}"
    Then the answer is the problem "booking-not-found" with the status 404

  @embedded
  Scenario: Once the event has begun nothing can be given back
    Given an event "Matinee" with 10 seats that starts in 2 hours
    And Alice books 4 seats for "Matinee"
    When 3 hours pass
    And Alice signs in
    And Alice cancels the booking
    Then the answer is the problem "event-past" with the status 409
    And "Matinee" still has 6 seats left
