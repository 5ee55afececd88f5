@search
Feature: Search
  Everybody finds events by what is written in them; people find their own bookings.

  @core @smoke
  Scenario: An event is found by a word of its name
    Given an event "Jazz Night" with 10 seats
    And an event "Flower Market" with 10 seats
    When a visitor searches for "jazz"
    Then the search finds "Jazz Night"
    And the search does not find "Flower Market"

  @core
  Scenario: What was found is marked
    Given an event "Jazz Night" with 10 seats
    When a visitor searches for "jazz"
    Then the search marks "Jazz" in "Jazz Night"

  @core
  Scenario: An event is found by its location
    Given a location "Waterworks" in "SE"
    And an event "Jazz Night" with 10 seats in "Waterworks"
    When a visitor searches for "waterworks"
    Then the search finds "Jazz Night"

  @core
  Scenario: The answer goes page by page
    Given an event "Polka Morning" with 10 seats
    And an event "Polka Noon" with 10 seats
    And an event "Polka Evening" with 10 seats
    When a visitor searches for "polka" and gets 2 at a time
    Then the search finds "Polka Morning" once
    And the search finds "Polka Noon" once
    And the search finds "Polka Evening" once

  @core
  Scenario: A search is narrowed to a country
    Given a location "Waterworks" in "SE"
    And an event "Polka Morning" with 10 seats in "Waterworks"
    And an event "Polka Evening" with 10 seats
    When a visitor searches where:
      | filter  | value |
      | q       | polka |
      | country | SE    |
    Then the search finds "Polka Morning"
    And the search does not find "Polka Evening"
    And the search offers the country "SE"
    And the search offers the country "DE"

  @core
  Scenario: Without words, what comes next is found first
    Given an event "Jazz Night" with 10 seats that starts in 40 days
    And an event "Flower Market" with 10 seats that starts in 20 days
    When a visitor searches where:
      | filter | value     |
      | sort   | starts_at |
    Then the search finds "Flower Market" before "Jazz Night"
    When a visitor searches where:
      | filter | value      |
      | sort   | -starts_at |
    Then the search finds "Jazz Night" before "Flower Market"

  @core
  Scenario: A renamed event is found by its new name only
    Given an event "Jazz Night" with 10 seats
    When the organizer changes the "name" of "Jazz Night" to "Harmonica Day"
    And a visitor searches for "harmonica"
    Then the search finds "Jazz Night"
    When a visitor searches for "jazz"
    Then the search does not find "Jazz Night"

  @core
  Scenario: A cancelled event is shown as cancelled
    Given an event "Jazz Night" with 10 seats
    When the organizer cancels the event "Jazz Night"
    And a visitor searches for "jazz"
    Then the search finds "Jazz Night" as "cancelled"

  @core
  Scenario: People find their own bookings
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    When Alice searches their bookings for "jazz"
    Then the search finds 1 booking for "Jazz Night"

  @core
  Scenario: Nobody finds the bookings of somebody else
    Given an event "Jazz Night" with 10 seats
    And Alice books 2 seats for "Jazz Night"
    And Bob books 1 seat for "Jazz Night"
    When Bob searches their bookings for "jazz"
    Then the search finds 1 booking for "Jazz Night"
    When Carol searches their bookings for "jazz"
    Then the search finds 0 bookings for "Jazz Night"

  @core
  Scenario: Visitors have no bookings to search
    When a visitor sends GET "/search/bookings?q=jazz"
    Then the answer is the problem "unauthenticated" with the status 401
