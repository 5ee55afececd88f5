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
  Scenario Outline: <who> may not <do>
    Given an event "Jazz Night" with 10 seats
    When <who> sends <method> "<path>" with the body <body>
    Then the answer is the problem "<problem>" with the status <status>
    And the "status" of "Jazz Night" is "scheduled"

    Examples: What needs a sign-in
      | who       | do                  | method | path                     | body         | problem         | status |
      | a visitor | publish an event    | POST   | /events                  | {}           | unauthenticated | 401    |
      | a visitor | change an event     | PATCH  | /events/{event}          | {}           | unauthenticated | 401    |
      | a visitor | cancel an event     | POST   | /events/{event}/cancel   | {}           | unauthenticated | 401    |
      | a visitor | open a location     | POST   | /locations               | {}           | unauthenticated | 401    |
      | a visitor | change a location   | PATCH  | /locations/{location}    | {}           | unauthenticated | 401    |
      | a visitor | book                | POST   | /events/{event}/bookings | {"seats": 1} | unauthenticated | 401    |
      | a visitor | renew a session     | PUT    | /sessions/current        | {}           | unauthenticated | 401    |
      | a visitor | change a password   | PUT    | /users/me/password       | {}           | unauthenticated | 401    |
      | a visitor | give roles          | PUT    | /users/{unknown}/roles   | {}           | unauthenticated | 401    |

    Examples: What needs a role
      | who           | do                | method | path                   | body                    | problem   | status |
      | Alice         | publish an event  | POST   | /events                | {}                      | forbidden | 403    |
      | Alice         | change an event   | PATCH  | /events/{event}        | {"capacity": 1}         | forbidden | 403    |
      | Alice         | cancel an event   | POST   | /events/{event}/cancel | {}                      | forbidden | 403    |
      | Alice         | open a location   | POST   | /locations             | {}                      | forbidden | 403    |
      | Alice         | change a location | PATCH  | /locations/{location}  | {"name": "Mine"}        | forbidden | 403    |
      | Alice         | give roles        | PUT    | /users/{user}/roles    | {"roles": ["operator"]} | forbidden | 403    |
      | the organizer | give roles        | PUT    | /users/{user}/roles    | {"roles": ["operator"]} | forbidden | 403    |

  @core
  Scenario Outline: <who> may not look at <what>
    When <who> sends GET "<path>"
    Then the answer is the problem "<problem>" with the status <status>

    Examples:
      | who           | what           | path                            | problem         | status |
      | a visitor     | bookings       | /bookings                       | unauthenticated | 401    |
      | a visitor     | a booking      | /bookings/{unknown}             | unauthenticated | 401    |
      | a visitor     | a profile      | /users/me                       | unauthenticated | 401    |
      | a visitor     | dead letters   | /operator/dead-letters          | unauthenticated | 401    |
      | Alice         | dead letters   | /operator/dead-letters          | forbidden       | 403    |
      | Alice         | a dead letter  | /operator/dead-letters/booking.1 | forbidden      | 403    |
      | the organizer | dead letters   | /operator/dead-letters          | forbidden       | 403    |

  @core
  Scenario Outline: A token that is <how> is refused
    When a visitor sends GET "/events" with the token "<token>"
    Then the answer is the problem "token-invalid" with the status 401

    Examples:
      | how         | token                                                                                          |
      | no token    | nonsense                                                                                       |
      | not signed  | eyJhbGciOiJub25lIn0.eyJpc3MiOiJteWV2ZW50cyIsInN1YiI6IjEiLCJleHAiOjQxMDI0NDQ4MDB9.               |
      | signed by others | eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJteWV2ZW50cyIsInN1YiI6IjEiLCJleHAiOjQxMDI0NDQ4MDB9.c2lnbmF0dXJl |

  @embedded
  Scenario: The last operator stays one
    When the operator gives the operator the role "customer"
    Then the answer is the problem "last-operator" with the status 409
    And the profile of the operator shows the role "operator"
