@drill
Feature: What operators see when a service fails

  Times are those of the clock on the wall. A drill runs them faster, with the same rules: see docs/drills.md.

  @no-traffic
  Scenario: A new version gets no traffic
    Given a platform that sells
    When the gateway service is deployed once more, and nobody is sent there
    Then "DeploymentWithoutTraffic" opens a ticket within 30 minutes
    And the panel "Platform / Instances" counts 2 of the gateway service
    And the new version of the gateway service logs "process.configured"
    And the new version of the gateway service logs no "http.request"
    And no trace crosses the new version of the gateway service
    And the queries of its runbook return the evidence
    When the new version of the gateway service is taken away
    Then everything resolves by itself within 30 minutes
    And nobody is paged for anything else

  @memory-leak
  Scenario: A service leaks memory
    Given a platform that has sold for 1 hour
    When the fault "memory-leak" begins in the search service with 6000000
    Then "MemoryGrowth" opens a ticket within 2 hours
    And the panel "Service / Memory" of the search service shows it
    And the search service logs "fault.switched"
    And the heap profile of the search service names "faultinjection.(*Service).leak"
    And the queries of its runbook return the evidence
    When the fault "memory-leak" ends
    Then everything resolves by itself within 2 hours
    And nobody is paged for anything else

  @event-service-down
  Scenario: The event service is down
    Given a platform that sells
    When the event service goes down
    Then "ServiceDown" pages within 5 minutes
    And the panel "Telemetry / Targets up" shows it
    And the gateway service logs "gateway.forward"
    And a trace shows "GET /api/v1/events/{id}" of the gateway service failing
    And the queries of its runbook return the evidence
    When the event service comes back
    Then "ServiceDown" is over within 10 minutes
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @dependency-errors
  Scenario: A dependency answers with errors
    Given a platform that sells
    When the line to the search service resets every connection
    Then "BrowsingAvailabilityBurn" pages within 15 minutes
    And "CircuitOpen" opens a ticket within 15 minutes
    And the panel "Platform / Services left alone" shows it
    And the panel "Service / Failed dependencies" of the gateway service shows it
    And the gateway service logs "gateway.forward" because of "connection reset"
    And a trace shows "GET /api/v1/search" of the gateway service failing
    And the queries of its runbook return the evidence
    When the line to the search service is sound again
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @bad-deployment
  Scenario: A new version answers one request in twenty with an error
    Given a platform that sells to 3 times as many visitors
    When a new version of the gateway takes over with the fault "http-errors" of 0.05
    Then "BookingAvailabilityBurn" pages within 1 hour
    And "BrowsingAvailabilityBurn" pages within 1 hour
    And the panel "Platform / Errors" shows it
    And the dashboard "Platform" marks the deployment of the new version of the gateway service
    And the new version of the gateway service logs "http.failed" because of "injected fault http-errors"
    And a trace shows "POST /api/v1/events/{id}/bookings" of the new version of the gateway service failing
    And the queries of its runbook return the evidence
    When the old version of the gateway takes over again
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @traffic-spike
  Scenario: More visitors come than a client may send requests for
    Given a platform that sells and lets a client send 40 requests a second
    When 4 times as many visitors come
    Then "TrafficBeyondLimit" opens a ticket within 15 minutes
    And the panel "Platform / Refused requests" shows it
    And the gateway service answers with 429
    And a trace shows that the gateway service answers with 429
    And the queries of its runbook return the evidence
    When 1 times as many visitors are left
    Then everything resolves by itself within 30 minutes
    And nobody is paged for anything else

  @certificate-expiry
  Scenario: The certificate is about to expire
    Given a platform that sells
    When the certificate is replaced by one that expires in 40 hours
    Then "CertificateExpiry" pages within 10 minutes
    And the panel "Service / Certificate valid for" of the gateway service shows it
    And the gateway service logs "certificate.loaded"
    And the queries of its runbook return the evidence
    When the certificate is renewed
    Then everything resolves by itself within 15 minutes
    And nobody is paged for anything else

  @clock-skew
  Scenario: The clock of a service is wrong
    Given a platform that sells
    When the fault "clock-skew" begins in the identity service with 30
    Then "ClockSkew" opens a ticket within 15 minutes
    And the panel "Telemetry / Clock difference" shows it
    And the identity service logs "fault.switched"
    When somebody signs in
    Then a trace shows "POST /api/v1/sessions" of the identity service 30 seconds after it was called
    And the queries of its runbook return the evidence
    When the fault "clock-skew" ends
    Then everything resolves by itself within 15 minutes
    And nobody is paged for anything else
