@events
Feature: Publish an event
  Organizers publish events. Everybody can see them; a moment later people can book seats.

  @core @smoke
  Scenario: A published event can be seen and booked
    Given Olga is an organizer
    When Olga publishes an event "Jazz Night" with 10 seats
    Then the answer has the status 201
    And the "status" in the answer is "scheduled"
    And the "version" in the answer is 1
    And "Jazz Night" has 10 seats left
    And soon Alice can book 2 seats for "Jazz Night"
    And "Jazz Night" has 8 seats left

  @core
  Scenario: Without a capacity an event has all seats of its hall
    Given a location "Old Brewery" with the halls:
      | name       | capacity |
      | Great Hall | 90       |
      | Cellar     | 20       |
    When the organizer publishes an event "Cellar Concert" in the hall "Cellar" of "Old Brewery"
    Then the answer has the status 201
    And the "capacity" in the answer is 20
    And the "location_name" in the answer is "Old Brewery"
    And "Cellar Concert" has 20 seats left

  @core
  Scenario: An event shows its price in minor units with a currency
    When the organizer publishes an event "Opera" with the "price" {"amount": 12050, "currency": "CHF"}
    Then the answer has the status 201
    And the "price.amount" in the answer is 12050
    And the "price.currency" in the answer is "CHF"

  @core
  Scenario: The list of events shows a new event
    Given an event "Jazz Night" with 10 seats
    When a visitor lists the events
    Then the list shows "Jazz Night"

  @core
  Scenario: The list of events goes page by page and shows each event once
    Given an event "First Show" with 5 seats
    And an event "Second Show" with 5 seats
    And an event "Third Show" with 5 seats
    When a visitor lists the events 2 at a time
    Then the list shows "First Show" once
    And the list shows "Second Show" once
    And the list shows "Third Show" once

  @core
  Scenario Outline: The list of events can be filtered by <filter>
    Given a location "Theatre Royal" in "DK"
    And an event "Ballet" with 30 seats in "Theatre Royal"
    And an event "Chess Evening" with 3 seats
    When a visitor lists the events where:
      | filter   | value   |
      | <filter> | <value> |
    Then the list shows "Ballet"
    And the list does not show "Chess Evening"

    Examples:
      | filter         | value         |
      | country        | DK            |
      | location_id    | Theatre Royal |
      | min_seats_left | 30            |
      | name           | ballet        |

  @core
  Scenario: The list of events can be filtered by date
    Given an event "Soon" with 5 seats that starts in 2 days
    And an event "Later" with 5 seats that starts in 20 days
    When a visitor lists the events that start within 10 days
    Then the list shows "Soon"
    And the list does not show "Later"
    When a visitor lists the events that start after 10 days
    Then the list shows "Later"
    And the list does not show "Soon"

  @core
  Scenario: An event cannot have more seats than its hall
    Given a location "Old Brewery" with the halls:
      | name   | capacity |
      | Cellar | 20       |
    When the organizer publishes an event "Cellar Concert" with 21 seats in the hall "Cellar" of "Old Brewery"
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "capacity"

  @core
  Scenario: An event cannot be in a hall that the location does not have
    Given a location "Old Brewery" with the halls:
      | name   | capacity |
      | Cellar | 20       |
    When the organizer publishes an event "Attic Concert" in the hall "Attic" of "Old Brewery"
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "hall"

  @core
  Scenario: An event cannot be at a location that does not exist
    When the organizer publishes an event "Nowhere" with the "location_id" "no-such-location"
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "location_id"

  @core
  Scenario: An event cannot start in the past
    When the organizer publishes an event "Too Late" that started 2 hours ago
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "starts_at"

  @core
  Scenario: An event that does not exist is not found
    When a visitor sends GET "/events/{unknown}"
    Then the answer is the problem "event-not-found" with the status 404
