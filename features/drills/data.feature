@drill
Feature: What operators see when data and messages are in trouble

  @slow-store
  Scenario: The store is slow
    Given a platform that sells
    When the fault "store-latency" begins in the booking service with 0.4
    Then "BookingLatencyBurn" pages within 30 minutes
    And the panel "Platform / Stores" shows it
    And a trace shows "place bookings" of the booking service taking 400 ms
    And the booking service logs "fault.switched"
    And the queries of its runbook return the evidence
    When the fault "store-latency" ends
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @inventory-mismatch
  Scenario: Somebody changes the inventory behind the service's back
    Given a platform that sells
    When 3 seats of an event are marked as taken in the store
    Then "InventoryMismatch" pages within 10 minutes
    And the panel "Bookings / Inventory mismatch" shows it
    And the queries of its runbook return the evidence
    When 3 seats of the event are marked as free in the store
    Then everything resolves by itself within 15 minutes
    And nobody is paged for anything else

  @broker-down
  Scenario: The broker is down
    Given a platform that sells
    When the line to the broker is cut
    Then "BrokerDisconnected" pages within 5 minutes
    And the panel "Messaging / Broker" shows it
    And the event service logs "broker.disconnected"
    And a trace shows "publish booking.confirmed" of the booking service failing
    And the queries of its runbook return the evidence
    When the line to the broker is mended
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @relay-stuck
  Scenario: The outbox relay is stuck
    Given a platform that sells
    When the fault "relay-stuck" begins in the booking service with true
    Then "OutboxStuck" pages within 10 minutes
    And the panel "Messaging / Publishing failed" shows it
    And the booking service logs "outbox.publish" because of "injected fault relay-stuck"
    And a trace shows "publish booking.confirmed" of the booking service failing
    And the queries of its runbook return the evidence
    When the fault "relay-stuck" ends
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @poison-message
  Scenario: A message cannot be processed
    Given a platform that sells
    When the fault "poison-message" begins in the search service with "event.cancelled"
    And an event is cancelled
    Then "DeadLetters" opens a ticket within 30 minutes
    And the panel "Messaging / Dead letters" shows it
    And the search service logs "message.parked" because of "injected fault poison-message"
    And a trace shows "process event.cancelled" of the search service failing
    And the queries of its runbook return the evidence
    When the fault "poison-message" ends
    And the operator requeues the dead letters
    Then everything resolves by itself within 15 minutes
    And nobody is paged for anything else

  @telemetry-down
  Scenario: Zipkin is down
    Given a platform that sells
    When the line to the zipkin is cut
    Then "TracesNotExported" opens a ticket within 10 minutes
    And the panel "Telemetry / Spans lost" shows it
    And the gateway service logs "spans.export_failed" because of "connection refused"
    And the queries of its runbook return the evidence
    When the line to the zipkin is mended
    Then everything resolves by itself within 30 minutes
    And nobody is paged for anything else
