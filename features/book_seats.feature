@booking
Feature: Book seats
  People book one or more seats of an event. What is answered as confirmed stays confirmed.

  @core @smoke
  Scenario: Seats are booked
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    And the "seats" in the answer is 2
    And the "event_name" in the answer is "Jazz Night"
    And the "total" in the answer is {"amount": 9000, "currency": "EUR"}
    And "Jazz Night" has 8 seats left

  @core
  Scenario: A booking can be read again
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night"
    And Alice looks at the booking of Alice
    Then the booking is confirmed
    And the "seats" in the answer is 2
    And Alice has 1 confirmed booking for "Jazz Night"

  @core
  Scenario: People see only their own bookings
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    When Bob looks at the booking of Alice
    Then the answer is the problem "booking-not-found" with the status 404
    And Bob has 0 confirmed bookings for "Jazz Night"

  @core
  Scenario: Several people book the same event
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night"
    And Bob books 3 seats for "Jazz Night"
    And Alice books 1 seat for "Jazz Night"
    Then "Jazz Night" has 4 seats left
    And Alice has 2 confirmed bookings for "Jazz Night"
    And Bob has 1 confirmed booking for "Jazz Night"

  @core
  Scenario: Nobody can book more seats at once than are sold at once
    Given an event "Jazz Night" with 10 seats
    When Alice books 1000000000 seats for "Jazz Night"
    Then the answer is the problem "seats-out-of-range" with the status 400
    And the problem says of the field "seats" "1 to 100"
    And "Jazz Night" has 10 seats left
    And Alice has 0 confirmed bookings for "Jazz Night"

  @core
  Scenario: A booking needs an idempotency key
    Given an event "Jazz Night" with 10 seats
    When Alice books 2 seats for "Jazz Night" without a key
    Then the answer is the problem "missing-idempotency-key" with the status 400
    And the problem names the field "Idempotency-Key"
    And Alice has 0 confirmed bookings for "Jazz Night"

  @core
  Scenario: A booking for an event that does not exist
    When Alice books a seat for an event that does not exist
    Then the answer is the problem "event-not-found" with the status 404

  @core
  Scenario: Visitors have to sign in to book
    Given an event "Jazz Night" with 10 seats
    When a visitor books 2 seats for "Jazz Night"
    Then the answer is the problem "unauthenticated" with the status 401
    And "Jazz Night" has 10 seats left

  @embedded
  Scenario: An event that has begun cannot be booked
    Given an event "Matinee" with 10 seats that starts in 2 hours
    When 3 hours pass
    And Alice books 2 seats for "Matinee"
    Then the answer is the problem "event-past" with the status 409
    And "Matinee" still has 10 seats left
