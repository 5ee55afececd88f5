@observability @logs
Feature: Log lines
  Who has a trace id finds what the services wrote about it, within seconds.

  @core @smoke
  Scenario: A booking's lines are found by its trace
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    When Alice books 2 seats for "Jazz Night"
    Then the booking is confirmed
    And the trace has these log lines:
      | service.name | event.action   | event.outcome | audit.object.type | booking.seats | http.response.status_code |
      | gateway      | http.request   |               |                   |               | 201                       |
      | booking      | http.request   |               |                   |               | 201                       |
      | booking      | booking.create | success       | booking           | 2             |                           |
