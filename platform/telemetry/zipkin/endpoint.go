package zipkin

import (
	"net"
	"strconv"

	"github.com/openzipkin/zipkin-go/model"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// unranked is the rank of an attribute that does not name a peer.
const unranked = 100

// rank says how well an attribute names the peer; the lowest rank wins (section "Remote endpoint" of the specification).
func rank(key attribute.Key) int {
	switch key {
	case "service.peer.name":
		return 0
	case "peer.service":
		return 1
	case "server.address":
		return 2
	case "net.peer.name":
		return 3
	case "network.peer.address":
		return 4
	case "server.socket.domain":
		return 5
	case "server.socket.address":
		return 6
	case "net.sock.peer.name":
		return 7
	case "net.sock.peer.addr":
		return 8
	case "peer.hostname":
		return 9
	case "peer.address":
		return 10
	case "db.name":
		return 11
	default:
		return unranked
	}
}

// portKey returns the attribute with the port that belongs to an address; empty for what is no IP address.
func portKey(address attribute.Key) attribute.Key {
	switch address {
	case "network.peer.address":
		return "network.peer.port"
	case "server.socket.address":
		return "server.socket.port"
	case "net.sock.peer.addr":
		return "net.sock.peer.port"
	default:
		return ""
	}
}

// remoteEndpoint returns the peer that a client or a producer span names; nil for other kinds, or where it names none.
func (c *conversion) remoteEndpoint(s sdktrace.ReadOnlySpan) *model.Endpoint {
	if k := s.SpanKind(); k != trace.SpanKindClient && k != trace.SpanKindProducer {
		return nil
	}
	best, peer := unranked, attribute.KeyValue{}
	for _, kv := range s.Attributes() {
		if r := rank(kv.Key); r < best {
			best, peer = r, kv
		}
	}
	if best == unranked {
		return nil
	}
	port := portKey(peer.Key)
	if port == "" {
		c.remote = model.Endpoint{ServiceName: peer.Value.AsString()}
		return &c.remote
	}
	ip := net.ParseIP(peer.Value.AsString())
	if ip == nil {
		return nil
	}
	c.remote = model.Endpoint{Port: portOf(s.Attributes(), port)}
	if ip.To4() != nil {
		c.remote.IPv4 = ip
	} else {
		c.remote.IPv6 = ip
	}
	return &c.remote
}

func portOf(attributes []attribute.KeyValue, key attribute.Key) uint16 {
	for _, kv := range attributes {
		if kv.Key == key {
			port, _ := strconv.ParseUint(kv.Value.String(), 10, 16)
			return uint16(port)
		}
	}
	return 0
}
