@booking @messaging @exclusive
Feature: Event service down
  The booking service has its own copy of the events: it goes on selling while the event service is away.

  Scenario: Seats are sold while the event service is down
    Given an event "Jazz Night" with 10 seats
    When the event service stops
    And Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    And Alice has 1 confirmed booking for "Jazz Night"
    When the event service starts again
    Then "Jazz Night" has 8 seats left

  Scenario: An event is not oversold while the event service is down
    Given an event "Jazz Night" with 3 seats
    When the event service stops
    And Alice books 3 seats for "Jazz Night"
    And Bob books 1 seat for "Jazz Night"
    Then the answer is the problem "sold-out"
    When the event service starts again
    Then "Jazz Night" has 0 seats left

  Scenario: Bookings are cancelled while the event service is down
    Given an event "Jazz Night" with 10 seats
    And Alice books 4 seats for "Jazz Night"
    When the event service stops
    And Alice cancels the booking
    Then the booking is cancelled
    When the event service starts again
    Then "Jazz Night" has 10 seats left

  Scenario: Asking the event service itself says that it is away
    Given an event "Jazz Night" with 10 seats
    When the event service stops
    And a visitor looks at the event "Jazz Night"
    Then the answer is the problem "unavailable" with the status 503
    And the answer has the header "Retry-After"
    When the event service starts again
    Then "Jazz Night" has 10 seats left

  Scenario: What happened while the booking service was down reaches it
    Given an event "Jazz Night" with 10 seats
    When the booking service stops
    And the organizer cancels the event "Jazz Night"
    And the booking service starts again
    Then soon Alice can no longer book "Jazz Night": "event-cancelled"

  Scenario: The booking service remembers everything after a restart
    Given an event "Jazz Night" with 3 seats
    And an event "Rock Night" with 3 seats
    And Alice books 2 seats for "Jazz Night"
    And the organizer cancels the event "Rock Night"
    And soon Alice can no longer book "Rock Night": "event-cancelled"
    When the event service stops
    And the booking service stops
    And the booking service starts again
    And Bob books 2 seats for "Jazz Night"
    Then the answer is the problem "not-enough-seats"
    When Bob books 1 seat for "Rock Night"
    Then the answer is the problem "event-cancelled"
    When Alice cancels the booking
    And Bob books 3 seats for "Jazz Night"
    Then the booking is confirmed
    When the event service starts again
    Then "Jazz Night" has 0 seats left

  Scenario: People stay signed in while the identity service is down
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    When the identity service stops
    And Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    When the identity service starts again
    And Alice looks at their profile
    Then the answer has the status 200
