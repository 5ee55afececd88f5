@identity
Feature: Authorization
  Visitors look, customers book, organizers publish, operators look after the platform.

  @core
  Scenario: An operator makes somebody an organizer
    Given Alice is signed in
    When the operator gives Alice the role "organizer"
    Then the answer has the status 200
    When Alice signs in
    And Alice publishes an event "Jazz Night" with 10 seats
    Then the answer has the status 201
    And the profile of Alice shows the role "organizer"

  @core
  Scenario: Somebody who is no organizer any more
    Given Olga is an organizer
    When the operator gives Olga the role "customer"
    Then every service refuses the token of Olga within 2 seconds
    When Olga signs in
    And Olga publishes an event "Jazz Night" with 10 seats
    Then the answer is the problem "forbidden" with the status 403

  @core
  Scenario: What needs a sign-in
    Given an event "Jazz Night" with 10 seats
    Then these requests are refused:
      | who       | method | path                            | body         | problem         | status |
      | a visitor | POST   | /events                         | {}           | unauthenticated | 401    |
      | a visitor | PATCH  | /events/{event}                 | {}           | unauthenticated | 401    |
      | a visitor | POST   | /events/{event}/cancel          |              | unauthenticated | 401    |
      | a visitor | POST   | /locations                      | {}           | unauthenticated | 401    |
      | a visitor | PATCH  | /locations/{location}           | {}           | unauthenticated | 401    |
      | a visitor | POST   | /events/{event}/bookings        | {"seats": 1} | unauthenticated | 401    |
      | a visitor | GET    | /bookings                       |              | unauthenticated | 401    |
      | a visitor | GET    | /bookings/{unknown}             |              | unauthenticated | 401    |
      | a visitor | DELETE | /bookings/{unknown}             |              | unauthenticated | 401    |
      | a visitor | GET    | /search/bookings?q=jazz         |              | unauthenticated | 401    |
      | a visitor | GET    | /users/me                       |              | unauthenticated | 401    |
      | a visitor | PUT    | /users/me/password              | {}           | unauthenticated | 401    |
      | a visitor | PUT    | /users/{unknown}/roles          | {}           | unauthenticated | 401    |
      | a visitor | PUT    | /sessions/current               |              | unauthenticated | 401    |
      | a visitor | DELETE | /sessions/current               |              | unauthenticated | 401    |
      | a visitor | GET    | /operator/dead-letters          |              | unauthenticated | 401    |
      | a visitor | GET    | /operator/dead-letters/search.1 |              | unauthenticated | 401    |
    And the "status" of "Jazz Night" is "scheduled"
    And "Jazz Night" has 10 seats left

  @core
  Scenario: What needs a role
    Given an event "Jazz Night" with 10 seats
    Then these requests are refused:
      | who           | method | path                                    | body                    | problem   | status |
      | Alice         | POST   | /events                                 | {}                      | forbidden | 403    |
      | Alice         | PATCH  | /events/{event}                         | {"capacity": 1}         | forbidden | 403    |
      | Alice         | POST   | /events/{event}/cancel                  |                         | forbidden | 403    |
      | Alice         | POST   | /locations                              | {}                      | forbidden | 403    |
      | Alice         | PATCH  | /locations/{location}                   | {"name": "Mine"}        | forbidden | 403    |
      | Alice         | PUT    | /users/{user}/roles                     | {"roles": ["operator"]} | forbidden | 403    |
      | the organizer | PUT    | /users/{user}/roles                     | {"roles": ["operator"]} | forbidden | 403    |
      | Alice         | GET    | /operator/dead-letters                  |                         | forbidden | 403    |
      | the organizer | GET    | /operator/dead-letters                  |                         | forbidden | 403    |
      | Alice         | GET    | /operator/dead-letters/search.1         |                         | forbidden | 403    |
      | Alice         | POST   | /operator/dead-letters/search.1/requeue |                         | forbidden | 403    |
      | Alice         | POST   | /operator/dead-letters/search.1/drop    |                         | forbidden | 403    |
    And the "status" of "Jazz Night" is "scheduled"
    And the "capacity" of "Jazz Night" is 10

  @core
  Scenario Outline: A token that is <how> is refused
    When a visitor sends GET "/events" with the token "<token>"
    Then the answer is the problem "token-invalid" with the status 401

    Examples:
      | how              | token                                                                                           |
      | no token         | nonsense                                                                                        |
      | not signed       | eyJhbGciOiJub25lIn0.eyJpc3MiOiJteWV2ZW50cyIsInN1YiI6IjEiLCJleHAiOjQxMDI0NDQ4MDB9.                |
      | signed by others | eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJteWV2ZW50cyIsInN1YiI6IjEiLCJleHAiOjQxMDI0NDQ4MDB9.c2lnbmF0dXJl |

  @embedded
  Scenario: The last operator stays one
    When the operator gives the operator the role "customer"
    Then the answer is the problem "last-operator" with the status 409
    And the profile of the operator shows the role "operator"
