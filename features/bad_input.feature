@core
Feature: Bad input
  Whatever is wrong with a request, the answer is a problem that names the field and the rule, and nothing is half done.

  @events
  Scenario: An event with a wrong field
    Then the organizer cannot publish an event with any of these:
      | field          | value                  |
      | name           | ""                     |
      | name           | "   "                  |
      | name           | 5                      |
      | name           | null                   |
      | capacity       | 0                      |
      | capacity       | -1                     |
      | capacity       | 1000000000             |
      | capacity       | 2.5                    |
      | capacity       | "ten"                  |
      | starts_at      | "tomorrow"             |
      | starts_at      | "2020-01-01T20:00:00Z" |
      | ends_at        | "2020-01-01T20:00:00Z" |
      | price          | 4500                   |
      | price.amount   | -1                     |
      | price.currency | "euro"                 |
      | hall           | ""                     |
      | location_id    | 7                      |
      | seats_left     | 5                      |

  @events
  Scenario: An event without a field
    Then the organizer cannot publish an event without any one of these:
      | field          |
      | name           |
      | starts_at      |
      | ends_at        |
      | location_id    |
      | hall           |
      | price          |
      | price.currency |

  @events
  Scenario: A wrong change of an event
    Given an event "Jazz Night" with 10 seats
    Then the organizer cannot change "Jazz Night" to any of these:
      | field      | value       |
      | name       | ""          |
      | name       | null        |
      | capacity   | 0           |
      | status     | "cancelled" |
      | seats_left | 1000        |
      | id         | "another"   |
    And the "version" of "Jazz Night" is 1

  @events
  Scenario: A location with a wrong field
    Then the organizer cannot open a location with any of these:
      | field             | value                               | names               |
      | name              | ""                                  | name                |
      | country           | "Germany"                           | country             |
      | country           | "XX"                                | country             |
      | halls             | []                                  | halls               |
      | halls[0].capacity | 0                                   | halls[0].capacity   |
      | halls[0].name     | ""                                  | halls[0].name       |
      | halls             | "one"                               | halls               |
      | opening_hours     | {"opens": "9am", "closes": "23:00"} | opening_hours.opens |
      | owner             | "me"                                | owner               |

  @events
  Scenario: A location without a field
    Then the organizer cannot open a location without any one of these:
      | field   |
      | name    |
      | address |
      | country |
      | halls   |

  @booking
  Scenario: A booking with a wrong body
    Given an event "Jazz Night" with 10 seats
    Then Alice cannot book for "Jazz Night" with any of these bodies:
      | body                      | problem            | field |
      | {}                        | invalid-request    | seats |
      | {"seats": null}           | invalid-request    | seats |
      | {"seats": "two"}          | invalid-request    | seats |
      | {"seats": 1.5}            | invalid-request    | seats |
      | {"seats": 0}              | seats-out-of-range | seats |
      | {"seats": -1}             | seats-out-of-range | seats |
      | {"seats": 101}            | seats-out-of-range | seats |
      | {"seats": 1000000000}     | seats-out-of-range | seats |
      | {"seats": 1, "vip": true} | invalid-request    | vip   |
      | []                        | invalid-request    | body  |
      | "two"                     | invalid-request    | body  |
      | {"seats": 1               | invalid-request    | body  |
    And "Jazz Night" has 10 seats left
    And Alice has 0 confirmed bookings for "Jazz Night"

  Scenario: A list that cannot be
    Then these requests are refused:
      | who       | method | path                              | problem         | status | field          |
      | a visitor | GET    | /events?limit=0                   | invalid-request | 400    | limit          |
      | a visitor | GET    | /events?limit=101                 | invalid-request | 400    | limit          |
      | a visitor | GET    | /events?limit=many                | invalid-request | 400    | limit          |
      | a visitor | GET    | /events?cursor=nonsense           | invalid-request | 400    | cursor         |
      | a visitor | GET    | /events?from=yesterday            | invalid-request | 400    | from           |
      | a visitor | GET    | /events?min_seats_left=-1         | invalid-request | 400    | min_seats_left |
      | a visitor | GET    | /events?country=Germany           | invalid-request | 400    | country        |
      | a visitor | GET    | /locations?limit=0                | invalid-request | 400    | limit          |
      | a visitor | GET    | /locations?cursor=!               | invalid-request | 400    | cursor         |
      | Alice     | GET    | /bookings?limit=-5                | invalid-request | 400    | limit          |
      | Alice     | GET    | /bookings?cursor=nonsense         | invalid-request | 400    | cursor         |
      | a visitor | GET    | /search?country=Germany           | invalid-request | 400    | country        |
      | a visitor | GET    | /search?month=2026-13             | invalid-request | 400    | month          |
      | a visitor | GET    | /search?sort=cheapest             | invalid-request | 400    | sort           |
      | a visitor | GET    | /search?q=jazz&limit=0            | invalid-request | 400    | limit          |
      | a visitor | GET    | /search?q=jazz&cursor=nonsense    | invalid-request | 400    | cursor         |
      | Alice     | GET    | /search/bookings?q=               | invalid-request | 400    | q              |

  @identity
  Scenario: Values are never echoed
    When Alice signs up with the "password" "geheim"
    Then the answer is the problem "invalid-request"
    And the problem says of the field "password" "at least 8 characters"
    And the answer does not contain "geheim"

  @smoke
  Scenario: A path that does not exist
    When a visitor sends GET "/concerts"
    Then the answer is the problem "route-not-found" with the status 404

  Scenario: A method that a path does not have
    When a visitor sends DELETE "/events"
    Then the answer is the problem "method-not-allowed" with the status 405
    And the answer has the header "Allow"

  Scenario: A body that is much too large
    When the organizer publishes an event "Jazz Night" with a "name" of 100000 letters
    Then the answer is the problem "body-too-large" with the status 413

  Scenario: A body that is not JSON
    When the organizer sends POST "/events" with the body:
      """
      name=Jazz Night
      """
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "body"
