// Package zipkin exports OpenTelemetry spans to Zipkin and to whatever else takes Zipkin's v2 JSON.
//
// The exporter that OpenTelemetry itself ships is deprecated. This one follows the same mapping, "OpenTelemetry to
// Zipkin Transformation" (specification/trace/sdk_exporters/zipkin.md), and is tested against it span for span. The type
// at the border is zipkin-go's model.SpanModel: Models converts, AppendJSON encodes, Exporter does both and sends.
//
// # Mapping
//
//   - Ids: trace ids are 128 bit; the parent is left out of a root span.
//   - Kind: CLIENT, SERVER, PRODUCER and CONSUMER; an internal span has none.
//   - Time: timestamp and duration are whole microseconds; a shorter duration than that is 1.
//   - Name and service names are lower case, as Zipkin's search wants them.
//   - Attributes of the span, and then of its resource, become tags; lists are written as JSON.
//   - Status: otel.status_code is OK or ERROR; error holds the description of an ERROR and is on no other span.
//   - Scope: otel.scope.name and otel.scope.version.
//   - Events become annotations: the name, and then the attributes as a JSON object, as in `retry: {"n":2}`.
//   - Local endpoint: the resource's service.name, or else the SDK's default. One span is told by one host: annotations
//     have no endpoints of their own, and shared is never set, since a server span of OpenTelemetry has its own id.
//   - Remote endpoint, of client and producer spans: the first of peer.service, server.address, net.peer.name,
//     network.peer.address (with its port), server.socket.domain, server.socket.address (with port), net.sock.peer.name,
//     net.sock.peer.addr (with port), peer.hostname, peer.address and db.name.
//
// # Additions
//
// What the specification leaves open is written as the OpenTelemetry Collector writes it, and what it demands of all
// formats other than OTLP, and the deprecated exporter lacks, is there too:
//
//   - Links: the tags otlp.link.0, otlp.link.1 and so on, each "trace id|span id|trace state|attributes as JSON|number
//     of dropped attributes".
//   - Trace state: the tag w3c.tracestate.
//   - otel.dropped_attributes_count, otel.dropped_events_count and otel.dropped_links_count, where not 0.
//   - service.peer.name, the current name of peer.service, names the remote endpoint too, and comes first.
//
// Unlike the deprecated exporter, a span that Zipkin would refuse (it ends before it begins, or began before 1970) costs
// only itself and not the batch it is in.
package zipkin
