@messaging @exclusive
Feature: Replay
  The services that own data keep all messages they ever sent. What others made of them can be rebuilt at any time.

  Scenario: The booking service's copy of the events is rebuilt
    Given an event "Jazz Night" with 10 seats
    And an event "Rock Night" with 5 seats
    And Alice books 2 seats for "Jazz Night"
    And the organizer changes the "capacity" of "Rock Night" to 7
    And soon Bob can book 6 seats for "Rock Night"
    And the copy of the booking service is noted
    When the booking service loses its copy
    Then the copy of the booking service is not as noted
    When the booking service replays
    Then the copy of the booking service is as noted
    When Alice books 8 seats for "Jazz Night"
    Then the booking is confirmed
    When Alice books 1 seat for "Jazz Night"
    Then the answer is the problem "sold-out"

  Scenario: The search index is rebuilt
    Given an event "Jazz Night" with 10 seats
    And an event "Rock Night" with 5 seats
    And Alice books 2 seats for "Jazz Night"
    When Alice searches their bookings for "jazz"
    Then the search finds 1 booking for "Jazz Night"
    When a visitor searches for "night"
    Then the search finds "Jazz Night"
    And the search finds "Rock Night"
    Given the copy of the search service is noted
    When the search service loses its copy
    And a visitor searches for "jazz"
    Then the search does not find "Jazz Night"
    When the search service replays
    Then the copy of the search service is as noted
    And the search finds "Jazz Night"
    When Alice searches their bookings for "jazz"
    Then the search finds 1 booking for "Jazz Night"

  Scenario: Selling goes on while the copy is rebuilt
    Given an event "Jazz Night" with 10 seats
    And Alice keeps booking and cancelling a seat for "Jazz Night"
    When the booking service replays
    And the booking service replays
    Then Alice stops booking and was never refused
    And "Jazz Night" has 10 seats left

  Scenario: A replay changes nothing where nothing was lost
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    And the copy of the booking service is noted
    When the booking service replays
    Then the copy of the booking service is as noted
    And "Jazz Night" has 8 seats left

  @embedded
  Scenario: A replay removes what its owner does not know
    Given an event "Jazz Night" with 10 seats
    And the copy of the booking service is noted
    When a message "event.created" with the data {"id": "ghost", "version": 1, "name": "Ghost", "capacity": 5, "status": "scheduled"} arrives
    And everything is delivered and handled
    Then the copy of the booking service is not as noted
    When the booking service replays
    Then the copy of the booking service is as noted
