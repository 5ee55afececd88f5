@observability @traces @metrics @logs
Feature: Secrets
  What people enter and are given stays out of everything the platform tells of itself.

  @exclusive
  Scenario: What people enter does not show
    Given an event "Jazz Night" with 10 seats
    And Alice is signed in
    When Alice books 2 seats for "Jazz Night"
    And Alice signs in with the password "a wrong password of Alice"
    And Alice changes the password from "another wrong password" to "a much better password"
    And Alice changes the password to "the best password there is"
    And Alice looks at their profile
    And Alice signs out
    Then no secret shows in the logs, metrics and traces

  @exclusive
  Scenario: A secret in the wrong place does not show either
    Given Alice is signed in
    When a visitor sends GET "/events?token=a-secret-in-the-query"
    And a visitor sends GET "/events" with the token "a-secret-that-is-no-token"
    And a visitor sends POST "/sessions" with the body:
      """
      {"email": "nobody.in.particular@example.com", "password": "a-secret-in-a-broken-body"
      """
    Then nothing in the logs, metrics and traces tells of any of these:
      | secret                           |
      | a-secret-in-the-query            |
      | a-secret-that-is-no-token        |
      | a-secret-in-a-broken-body        |
      | nobody.in.particular@example.com |
