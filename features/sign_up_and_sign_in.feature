@identity
Feature: Sign up and sign in
  People have accounts. A token lives 10 minutes and can be renewed for 12 hours.

  @core @smoke
  Scenario: Somebody signs up and signs in
    When Alice signs up
    Then the answer has the status 201
    And the "first_name" in the answer is "Alice"
    And the "roles" in the answer is ["customer"]
    And the answer does not show the "password"
    When Alice signs in
    Then the answer has the status 201
    When Alice looks at their profile
    Then the answer has the status 200
    And the "last_name" in the answer is "Example"

  @core
  Scenario: An e-mail address has one account
    Given Alice signs up
    When Alice signs up
    Then the answer is the problem "email-taken" with the status 409

  @core
  Scenario: A wrong password
    Given Alice signs up
    When Alice signs in with the password "not the password"
    Then the answer is the problem "invalid-credentials" with the status 401
    And the answer does not contain "not the password"

  @core
  Scenario: Nobody learns who has an account
    When Alice signs in
    Then the answer is the problem "invalid-credentials" with the status 401
    When Alice signs up
    And Alice signs in with the password "not the password"
    Then the answer is the problem "invalid-credentials" with the status 401

  @core
  Scenario: Nobody gives themselves roles
    When Alice signs up with the "roles" ["operator"]
    Then the answer is the problem "invalid-request" with the status 400
    And the problem names the field "roles"

  @core
  Scenario: Signing up with a wrong field
    Then Alice cannot sign up with any of these:
      | field      | value               |
      | email      | "not-a-mail"        |
      | email      | "Al <al@a.example>" |
      | password   | "short"             |
      | first_name | ""                  |
      | last_name  | 5                   |
      | roles      | ["operator"]        |
      | id         | "1"                 |

  @core
  Scenario: Signing up without a field
    Then Alice cannot sign up without any one of these:
      | field      |
      | email      |
      | password   |
      | first_name |
      | last_name  |

  @core
  Scenario: After signing out every service refuses the token
    Given Alice is signed in
    When Alice signs out
    Then the answer has the status 204
    And every service refuses the token of Alice within 2 seconds

  @core
  Scenario: After a change of password every service refuses the token
    Given Alice is signed in
    When Alice changes the password to "a better password"
    Then the answer has the status 204
    And every service refuses the token of Alice within 2 seconds
    When Alice signs in
    Then the answer is the problem "invalid-credentials"
    When Alice signs in with the password "a better password"
    Then the answer has the status 201

  @core
  Scenario: A change of password needs the current one
    Given Alice is signed in
    When Alice changes the password from "not the password" to "a better password"
    Then the answer is the problem "wrong-password" with the status 400
    And the problem names the field "current_password"

  @core
  Scenario: A renewed session has a new token
    Given Alice is signed in
    When Alice renews the session
    Then the answer has the status 200
    When Alice looks at their profile
    Then the answer has the status 200
    And the earlier token of Alice still works

  @embedded
  Scenario: A token lives ten minutes
    Given Alice is signed in
    When 11 minutes pass
    And Alice looks at their profile
    Then the answer is the problem "token-expired" with the status 401
    When Alice signs in
    And Alice looks at their profile
    Then the answer has the status 200

  @embedded
  Scenario: A session that is renewed in time goes on
    Given Alice is signed in
    When 9 minutes pass
    And Alice renews the session
    And 9 minutes pass
    And Alice looks at their profile
    Then the answer has the status 200

  @exclusive
  Scenario: A sign-out survives a restart
    Given Alice is signed in
    When Alice signs out
    And the identity service stops
    And the identity service starts again
    Then every service refuses the token of Alice within 2 seconds
