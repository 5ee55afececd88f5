@events
Feature: Change and cancel an event
  Organizers change and cancel their own events, until these have begun. Everything else learns of it by message.

  @core
  Scenario: An organizer renames an event
    Given an event "Jazz Night" with 10 seats
    When the organizer changes the "name" of "Jazz Night" to "Blues Night"
    Then the answer has the status 200
    And the "version" in the answer is 2
    And the "name" of "Jazz Night" is "Blues Night"
    When a visitor searches for "blues"
    Then the search finds "Blues Night"

  @core
  Scenario: What is not mentioned in a change stays as it is
    Given an event "Jazz Night" with 10 seats
    When the organizer changes the "price" of "Jazz Night" to {"amount": 100, "currency": "EUR"}
    Then the "name" of "Jazz Night" is "Jazz Night"
    And the "capacity" of "Jazz Night" is 10
    And the "price.amount" of "Jazz Night" is 100

  @core
  Scenario: More seats can be booked once an event has more
    Given an event "Jazz Night" with 2 seats
    When Alice books 3 seats for "Jazz Night"
    Then the answer is the problem "not-enough-seats"
    When the organizer changes the "capacity" of "Jazz Night" to 5
    Then soon Alice can book 3 seats for "Jazz Night"
    And "Jazz Night" has 2 seats left

  @core
  Scenario: An event cannot be given fewer seats than are booked
    Given an event "Jazz Night" with 10 seats
    And Alice books 6 seats for "Jazz Night"
    And "Jazz Night" has 4 seats left
    When the organizer changes the "capacity" of "Jazz Night" to 5
    Then the answer is the problem "capacity-below-booked" with the status 409
    And the "capacity" of "Jazz Night" is 10

  @core
  Scenario: An event cannot be given more seats than its hall has
    Given an event "Jazz Night" with 10 seats
    When the organizer changes the "capacity" of "Jazz Night" to 100000
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "capacity"

  @core
  Scenario: A cancelled event cannot be booked any more
    Given an event "Jazz Night" with 10 seats
    When the organizer cancels the event "Jazz Night"
    Then the answer has the status 200
    And the "status" of "Jazz Night" is "cancelled"
    And soon Alice can no longer book "Jazz Night": "event-cancelled"

  @core
  Scenario: Cancelling an event twice changes nothing
    Given an event "Jazz Night" with 10 seats
    When the organizer cancels the event "Jazz Night"
    And the organizer cancels the event "Jazz Night"
    Then the answer is the same as before
    And the "version" of "Jazz Night" is 2

  @core
  Scenario: A cancelled event cannot be changed
    Given an event "Jazz Night" with 10 seats
    When the organizer cancels the event "Jazz Night"
    And the organizer changes the "name" of "Jazz Night" to "Blues Night"
    Then the answer is the problem "event-cancelled" with the status 409
    And the "name" of "Jazz Night" is "Jazz Night"

  @core
  Scenario: Organizers cannot touch each other's events
    Given Olga is an organizer
    And Oscar is an organizer
    And an event "Jazz Night" with 10 seats of Olga
    When Oscar changes the "name" of "Jazz Night" to "Mine Now"
    Then the answer is the problem "not-your-event" with the status 403
    When Oscar cancels the event "Jazz Night"
    Then the answer is the problem "not-your-event" with the status 403
    And the "name" of "Jazz Night" is "Jazz Night"
    And the "status" of "Jazz Night" is "scheduled"

  @embedded
  Scenario: An event that has begun can be neither changed nor cancelled
    Given an event "Matinee" with 10 seats that starts in 2 hours
    When 3 hours pass
    And the organizer signs in
    And the organizer changes the "name" of "Matinee" to "Evening Show"
    Then the answer is the problem "event-past" with the status 409
    When the organizer cancels the event "Matinee"
    Then the answer is the problem "event-past" with the status 409
