@messaging @embedded
Feature: Redelivery and reordering
  Brokers deliver messages more than once, and late. Nothing happens twice and the newest state wins.

  Scenario: Messages about bookings come twice
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    And Bob books 3 seats for "Jazz Night"
    And Bob cancels the booking
    When all messages of the booking service arrive again
    Then "Jazz Night" still has 8 seats left
    And Alice has 1 confirmed booking for "Jazz Night"
    And there is no dead letter

  Scenario: Messages about bookings come again in reverse order
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    And Alice cancels the booking
    And Alice books 5 seats for "Jazz Night"
    When all messages of the booking service arrive again in reverse order
    Then "Jazz Night" still has 5 seats left
    When Alice searches their bookings for "jazz"
    Then the search finds 2 bookings for "Jazz Night"
    And there is no dead letter

  Scenario: Messages about events come again in reverse order
    Given an event "Jazz Night" with 10 seats
    When the organizer changes the "name" of "Jazz Night" to "Blues Night"
    And the organizer changes the "name" of "Blues Night" to "Soul Night"
    And everything is delivered and handled
    And all messages of the event service arrive again in reverse order
    And Alice books 1 seat for "Jazz Night"
    Then the booking is confirmed
    And the "event_name" in the answer is "Soul Night"
    When a visitor searches for "soul"
    Then the search finds "Jazz Night"
    When a visitor searches for "blues"
    Then the search does not find "Jazz Night"

  Scenario: A cancellation that comes before the event itself
    Given an event "Jazz Night" with 10 seats
    And the organizer cancels the event "Jazz Night"
    And everything is delivered and handled
    And the booking service loses its copy
    When all messages of the event service arrive again in reverse order
    And Alice books 1 seat for "Jazz Night"
    Then the answer is the problem "event-cancelled"
    And there is no dead letter

  Scenario: A sign-out that comes twice
    Given Alice is signed in
    When Alice signs out
    And all messages of the identity service arrive again
    Then every service refuses the token of Alice within 2 seconds
    And there is no dead letter
