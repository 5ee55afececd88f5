package tracestore

import (
	"cmp"
	"maps"
	"slices"

	"github.com/openzipkin/zipkin-go/model"
)

// Link says how often one service called another, as Zipkin's API tells it.
type Link struct {
	Parent     string `json:"parent"`
	Child      string `json:"child"`
	CallCount  int    `json:"callCount"`
	ErrorCount int    `json:"errorCount,omitempty"`
}

// dependencies returns the links in the traces with a span that began in the window. Traces whose ids differ only in the
// upper half are one trace here, as they are for Zipkin: some clients drop that half.
func (v view) dependencies(w window) []Link {
	whole := map[uint64]*trace{}
	for _, t := range v.traces() {
		if known, seen := whole[t.id.Low]; seen {
			known.spans = append(known.spans, t.spans...)
		} else {
			whole[t.id.Low] = t
		}
	}
	found := links{}
	for _, t := range v.between(slices.Collect(maps.Values(whole)), w) {
		found.addTrace(v.spans(t))
	}
	list := slices.AppendSeq([]Link{}, maps.Values(found)) // never nil, which JSON would show as null
	slices.SortFunc(list, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Child, b.Child))
	})
	return list
}

type pair struct{ parent, child string }

// links counts calls by the rules of Zipkin's DependencyLinker: a call is told by its server or, where that told nothing,
// by the client; a message by each side that names the broker.
type links map[pair]Link

func (l links) addTrace(spans []model.SpanModel) {
	for n := range newTree(merge(spans)).all() {
		l.addSpan(n)
	}
}

func (l links) addSpan(n *node) {
	local, remote := service(n.span.LocalEndpoint), service(n.span.RemoteEndpoint)
	switch n.span.Kind {
	case model.Client:
		if len(n.children) == 0 { // otherwise they know better whom it called
			l.addCall(n, local, remote)
		}
	case model.Undetermined:
		if local != "" && remote != "" {
			l.addCall(n, local, remote)
		}
	case model.Server:
		l.addCall(n, remote, local)
	case model.Producer:
		l.add(local, remote, failed(n.span))
	case model.Consumer:
		l.add(remote, local, failed(n.span))
	}
}

// addCall adds a call that one of its sides has told of. Between that span and the other side's there may be local ones.
func (l links) addCall(n *node, parent, child string) {
	isServer, isError := n.span.Kind == model.Server, failed(n.span)
	if ancestor := n.remoteAncestor(); ancestor != nil && service(ancestor.LocalEndpoint) != "" {
		name := service(ancestor.LocalEndpoint)
		if !isServer && parent != "" && name != parent {
			l.add(name, parent, false) // the call to this service is missing: nobody knows how it ended
		}
		if isServer || parent == "" {
			parent = name
		}
		if ancestor.Kind == model.Client && n.span.ParentID != nil && *n.span.ParentID == ancestor.ID {
			isError = isError || failed(ancestor)
		}
	}
	l.add(parent, child, isError)
}

// add counts a call, unless one side is not known.
func (l links) add(parent, child string, isError bool) {
	if parent == "" || child == "" {
		return
	}
	link := l[pair{parent, child}]
	link.Parent, link.Child = parent, child
	link.CallCount++
	if isError {
		link.ErrorCount++
	}
	l[pair{parent, child}] = link
}

func failed(s *model.SpanModel) bool {
	_, is := s.Tags["error"]
	return is
}
