package tracestore

import (
	"bytes"
	"cmp"
	"maps"
	"net"
	"slices"

	"github.com/openzipkin/zipkin-go/model"
)

// merge puts together what clients sent in pieces, and repairs the shared spans of those that do not mark them. The order
// of the answer is by id, a client before the servers that share its id.
func merge(spans []model.SpanModel) []model.SpanModel {
	pieces := slices.Clone(spans)
	slices.SortStableFunc(pieces, byIdentity)
	var whole []model.SpanModel
	for i := 0; i < len(pieces); {
		s, shared := pieces[i], pieces[i].Shared
		if n := len(whole); n > 0 && whole[n-1].ID == s.ID {
			share(&s, &whole[n-1])
		}
		var on model.Endpoint
		join(&on, s.LocalEndpoint)
		for i++; i < len(pieces) && pieces[i].ID == s.ID && pieces[i].Shared == shared && join(&on, pieces[i].LocalEndpoint); i++ {
			absorb(&s, &pieces[i])
		}
		whole = append(whole, s)
	}
	return whole
}

func byIdentity(a, b model.SpanModel) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(side(&a), side(&b)), compareHosts(a.LocalEndpoint, b.LocalEndpoint))
}

// side puts clients first and servers that share their span last.
func side(s *model.SpanModel) int {
	switch {
	case s.Shared:
		return 2
	case s.Kind == model.Client:
		return 0
	default:
		return 1
	}
}

// compareHosts puts spans that do not say where they were first, so that they can join any other.
func compareHosts(a, b *model.Endpoint) int {
	switch {
	case a.Empty() && b.Empty():
		return 0
	case a.Empty():
		return -1
	case b.Empty():
		return 1
	}
	return cmp.Or(
		emptyLast([]byte(a.ServiceName), []byte(b.ServiceName)), emptyLast(a.IPv4, b.IPv4), emptyLast(a.IPv6, b.IPv6))
}

func emptyLast(a, b []byte) int {
	if (len(a) == 0) != (len(b) == 0) {
		return cmp.Compare(len(b), len(a))
	}
	return bytes.Compare(a, b)
}

// join adds to one endpoint what another knows more, and reports whether they can be the same.
func join(e *model.Endpoint, other *model.Endpoint) bool {
	if other == nil {
		return true
	}
	differ := e.ServiceName != "" && other.ServiceName != "" && e.ServiceName != other.ServiceName ||
		differentIPs(e.IPv4, other.IPv4) || differentIPs(e.IPv6, other.IPv6) ||
		e.Port != 0 && other.Port != 0 && e.Port != other.Port
	if differ {
		return false
	}
	fill(e, other)
	return true
}

func differentIPs(a, b net.IP) bool { return a != nil && b != nil && !a.Equal(b) }

func fill(e *model.Endpoint, other *model.Endpoint) {
	e.ServiceName, e.Port = cmp.Or(e.ServiceName, other.ServiceName), cmp.Or(e.Port, other.Port)
	if e.IPv4 == nil {
		e.IPv4 = other.IPv4
	}
	if e.IPv6 == nil {
		e.IPv6 = other.IPv6
	}
}

// absorb adds to a span what another piece of it knows more, as far as links are made of it.
func absorb(s, piece *model.SpanModel) {
	if s.ParentID == nil {
		s.ParentID = piece.ParentID
	}
	s.Kind = cmp.Or(s.Kind, piece.Kind)
	s.LocalEndpoint = union(s.LocalEndpoint, piece.LocalEndpoint)
	s.RemoteEndpoint = union(s.RemoteEndpoint, piece.RemoteEndpoint)
	if len(piece.Tags) > 0 {
		tags := maps.Clone(piece.Tags)
		maps.Copy(tags, s.Tags)
		s.Tags = tags
	}
}

func union(e, other *model.Endpoint) *model.Endpoint {
	if e == nil || other == nil {
		return cmp.Or(e, other)
	}
	both := *e
	fill(&both, other)
	return &both
}

// share repairs a server's span that has the id of its client's: some clients forget the mark, or the parent's id.
func share(server, client *model.SpanModel) {
	if client.Kind == model.Client && server.Kind == model.Server {
		server.Shared = true
	}
	if server.Shared && server.ParentID == nil {
		server.ParentID = client.ParentID
	}
}
