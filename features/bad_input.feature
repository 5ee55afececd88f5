@core
Feature: Bad input
  Whatever is wrong with a request, the answer is a problem that names the field and the rule, and nothing is half done.

  @events
  Scenario Outline: An event whose <field> is <value>
    When the organizer publishes an event "Jazz Night" with the "<field>" <value>
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "<field>"

    Examples:
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
  Scenario Outline: An event without <field>
    When the organizer publishes an event "Jazz Night" without the "<field>"
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "<field>"

    Examples:
      | field          |
      | name           |
      | starts_at      |
      | ends_at        |
      | location_id    |
      | hall           |
      | price          |
      | price.currency |

  @events
  Scenario Outline: A change of an event whose <field> is <value>
    Given an event "Jazz Night" with 10 seats
    When the organizer changes the "<field>" of "Jazz Night" to <value>
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "<field>"
    And the "version" of "Jazz Night" is 1

    Examples:
      | field      | value       |
      | name       | ""          |
      | name       | null        |
      | capacity   | 0           |
      | status     | "cancelled" |
      | seats_left | 1000        |
      | id         | "another"   |

  @events
  Scenario Outline: A location whose <field> is <value>
    When the organizer opens a location "Town Hall" with the "<field>" <value>
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "<names>"

    Examples:
      | field             | value                                | names                |
      | name              | ""                                   | name                 |
      | country           | "Germany"                            | country              |
      | country           | "XX"                                 | country              |
      | halls             | []                                   | halls                |
      | halls[0].capacity | 0                                    | halls[0].capacity    |
      | halls[0].name     | ""                                   | halls[0].name        |
      | halls             | "one"                                | halls                |
      | opening_hours     | {"opens": "9am", "closes": "23:00"}  | opening_hours.opens  |
      | owner             | "me"                                 | owner                |

  @events
  Scenario Outline: A location without <field>
    When the organizer opens a location "Town Hall" without the "<field>"
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "<field>"

    Examples:
      | field   |
      | name    |
      | address |
      | country |
      | halls   |

  @booking
  Scenario Outline: A booking with the body <body>
    Given an event "Jazz Night" with 10 seats
    When Alice tries to book for "Jazz Night" with <body>
    Then the answer is the problem "<problem>" with the status 400
    And the problem names the field "<field>"
    And "Jazz Night" has 10 seats left
    And Alice has 0 confirmed bookings for "Jazz Night"

    Examples:
      | body                      | problem            | field |
      | {}                        | invalid-request    | seats |
      | {"seats": null}           | invalid-request    | seats |
      | {"seats": "two"}          | invalid-request    | seats |
      | {"seats": 1.5}            | invalid-request    | seats |
      | {"seats": 0}              | seats-out-of-range | seats |
      | {"seats": -1}             | seats-out-of-range | seats |
      | {"seats": 1000000000}     | seats-out-of-range | seats |
      | {"seats": 1, "vip": true} | invalid-request    | vip   |
      | []                        | invalid-request    | body  |
      | "two"                     | invalid-request    | body  |
      | {"seats": 1               | invalid-request    | body  |

  @events
  Scenario Outline: A list of events with <query>
    When a visitor sends GET "/events?<query>"
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "<field>"

    Examples:
      | query              | field          |
      | limit=0            | limit          |
      | limit=101          | limit          |
      | limit=many         | limit          |
      | cursor=nonsense    | cursor         |
      | from=yesterday     | from           |
      | min_seats_left=-1  | min_seats_left |
      | country=Germany    | country        |

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
