@drill
Feature: What operators see when data and messages are in trouble

  @slow-store
  Scenario: The store is slow
    Given a platform that sells
    When the fault "store-latency" begins in the booking and event services with 0.4
    Then "BookingLatencyBurn" pages within 1 hour
    And "BrowsingLatencyBurn" pages within 1 hour
    And "FaultInjected" opens a ticket within 10 minutes
    And the panel "Platform / Stores" shows it
    And the panel "Service / Injected faults" of the booking service shows it
    And a trace shows "place bookings" of the booking service taking 400 ms
    And the queries of its runbook return the evidence
    When the fault "store-latency" ends
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @store-errors
  Scenario: The store fails now and then
    Given a platform that sells
    When the fault "store-errors" begins in the booking service with 0.1
    Then "BookingAvailabilityBurn" pages within 1 hour
    And the panel "Service / Failed dependencies" of the booking service shows it
    And the booking service logs "http.failed" because of "injected fault store-errors"
    And a trace shows "place bookings" of the booking service failing
    And the queries of its runbook return the evidence
    When the fault "store-errors" ends
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @inventory-mismatch
  Scenario: Somebody changes the inventory behind the service's back
    Given a platform that sells
    When 3 seats of an event are marked as taken in the store
    Then "InventoryMismatch" pages within 10 minutes
    And the panel "Bookings / Inventory mismatch" shows it
    And the booking service logs "inventory.mismatch" of that event
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
    When it stays so for 40 minutes
    And the line to the broker is mended
    Then the panel "Messaging / Delivery" shows it
    And "CopyFreshnessBurn" pages within 1 hour
    And "DeliveryBurn" pages within 1 hour
    And the queries of its runbook return the evidence
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

  @slow-consumer
  Scenario: A service is slow to hear of what happens
    Given a platform that sells
    When the fault "message-latency" begins in the search service with 15
    Then "ConsumerLag" pages within 20 minutes
    And the panel "Messaging / Consumer lag" shows it
    And a trace shows "process booking.confirmed" of the search service taking 10000 ms
    And the queries of its runbook return the evidence
    When the fault "message-latency" ends
    Then everything resolves by itself within 1 hour
    And nobody is paged for anything else

  @telemetry-down
  Scenario: Zipkin is down
    Given a platform that sells
    When the line to the zipkin is cut
    Then "TracesNotExported" opens a ticket within 10 minutes
    And the panel "Telemetry / Spans lost" shows it
    And the gateway service logs "spans.export_failed" because of "connection refused"
    And a request that the gateway service has logged has no trace
    And the queries of its runbook return the evidence
    When the line to the zipkin is mended
    Then everything resolves by itself within 30 minutes
    And nobody is paged for anything else

  @telemetry-slow
  Scenario: Zipkin is slow
    Given a platform that sells and lets 64 spans of a service wait
    When the line to the zipkin takes 2000 ms
    Then "SpansDropped" opens a ticket within 10 minutes
    And the panel "Telemetry / Spans lost" shows it
    And the panel "Telemetry / Spans waiting" shows it
    And a request that the gateway service has logged has no trace
    And the queries of its runbook return the evidence
    When the line to the zipkin is fast again
    Then everything resolves by itself within 30 minutes
    And nobody is paged for anything else

  @logs-not-shipped
  Scenario: Elasticsearch is down
    Given a platform that sells and ships its log lines
    When the line to the elasticsearch is cut
    Then "LogsNotShipped" opens a ticket within 30 minutes
    And the panel "Telemetry / Log lines waiting" shows it
    And the queries of its runbook return the evidence
    When the line to the elasticsearch is mended
    Then everything resolves by itself within 30 minutes
    And nobody is paged for anything else
