@events
Feature: Locations and halls
  Events are held in the halls of locations.

  @core @smoke
  Scenario: An organizer opens a location
    Given Olga is an organizer
    When Olga opens a location "Town Hall" with the halls:
      | name         | capacity |
      | Great Hall   | 500      |
      | Council Room | 40       |
    Then the answer has the status 201
    And the "halls[0].name" of the location "Town Hall" is "Great Hall"
    And the "halls[1].capacity" of the location "Town Hall" is 40
    And a visitor finds "Town Hall" in the list of locations
    When a visitor looks at the location "Town Hall"
    Then the answer has the status 200
    And the "country" in the answer is "DE"

  @core
  Scenario: A location has opening hours
    When the organizer opens a location "Town Hall" with the "opening_hours" {"opens": "09:00", "closes": "23:30"}
    Then the answer has the status 201
    And the "opening_hours.closes" of the location "Town Hall" is "23:30"

  @core
  Scenario: A new name of a location shows in its events
    Given a location "Town Hall" in "DE"
    And an event "Jazz Night" with 10 seats in "Town Hall"
    When the organizer changes the "name" of the location "Town Hall" to "City Hall"
    Then the answer has the status 200
    And the "location_name" of "Jazz Night" is "City Hall"

  @core
  Scenario: A hall cannot shrink below the events in it
    Given a location "Town Hall" with the halls:
      | name      | capacity |
      | Main Hall | 50       |
    And an event "Jazz Night" with 40 seats in "Town Hall"
    When the organizer changes the "halls" of the location "Town Hall" to [{"name": "Main Hall", "capacity": 39}]
    Then the answer is the problem "hall-in-use" with the status 409
    And the "halls[0].capacity" of the location "Town Hall" is 50

  @core
  Scenario: A hall with events cannot go
    Given a location "Town Hall" with the halls:
      | name      | capacity |
      | Main Hall | 50       |
    And an event "Jazz Night" with 40 seats in "Town Hall"
    When the organizer changes the "halls" of the location "Town Hall" to [{"name": "Annex", "capacity": 500}]
    Then the answer is the problem "hall-in-use" with the status 409

  @core
  Scenario: Two halls of a location cannot have one name
    When the organizer opens a location "Town Hall" with the halls:
      | name  | capacity |
      | Annex | 10       |
      | Annex | 20       |
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "halls[1].name"

  @core
  Scenario: Organizers cannot change each other's locations
    Given Olga is an organizer
    And Oscar is an organizer
    When Olga opens a location "Town Hall" with the halls:
      | name      | capacity |
      | Main Hall | 50       |
    And Oscar changes the "name" of the location "Town Hall" to "Mine Now"
    Then the answer is the problem "not-your-location" with the status 403
    And the "name" of the location "Town Hall" is "Town Hall"

  @core
  Scenario: A location that does not exist is not found
    When a visitor sends GET "/locations/{unknown}"
    Then the answer is the problem "location-not-found" with the status 404
