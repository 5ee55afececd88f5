package tracestore

import (
	"fmt"
	"iter"

	"github.com/openzipkin/zipkin-go/model"
)

// node is a span in the tree of its trace.
type node struct {
	span     *model.SpanModel // nil: a root made up for a trace that has none
	parent   *node
	children []*node
}

// all walks through the tree, a generation at a time.
func (n *node) all() iter.Seq[*node] {
	return func(yield func(*node) bool) {
		for queue := []*node{n}; len(queue) > 0; queue = queue[1:] {
			next := queue[0]
			queue = append(queue, next.children...)
			if next.span != nil && !yield(next) {
				return
			}
		}
	}
}

// remoteAncestor returns the nearest span above that has another side; nil where there is none.
func (n *node) remoteAncestor() *model.SpanModel {
	for above := n.parent; above != nil; above = above.parent {
		if above.span != nil && above.span.Kind != model.Undetermined {
			return above.span
		}
	}
	return nil
}

// place names a node. Usually the id would do; but with B3 a server may share the id of its client's span, and where several
// servers answered one client, only their endpoints tell them apart.
type place struct {
	id     model.ID // 0: nowhere
	shared bool
	host   string // of the server that shares; empty: whichever
}

func placeOf(s *model.SpanModel) place {
	if !s.Shared {
		return place{id: s.ID}
	}
	return place{id: s.ID, shared: true, host: host(s.LocalEndpoint)}
}

func host(e *model.Endpoint) string {
	if e.Empty() {
		return ""
	}
	return fmt.Sprint(e.ServiceName, " ", e.IPv4, " ", e.IPv6, " ", e.Port)
}

// tree is a tree in the making.
type tree struct {
	root    *node
	nodes   map[place]*node
	parents map[place]place
}

// newTree returns the root of the tree of one trace's spans, which must be merged. What has lost its parent, and a second
// root, becomes a child of the root.
func newTree(spans []model.SpanModel) *node {
	t := tree{nodes: map[place]*node{}, parents: map[place]place{}}
	for i := range spans {
		t.parents[placeOf(&spans[i])] = parentOf(&spans[i])
	}
	for i := range spans {
		t.add(&spans[i])
	}
	return t.connect()
}

func parentOf(s *model.SpanModel) place {
	switch {
	case s.Shared:
		return place{id: s.ID} // the client's half
	case s.ParentID != nil && *s.ParentID != s.ID:
		return place{id: *s.ParentID}
	default:
		return place{}
	}
}

func (t *tree) add(s *model.SpanModel) {
	n, at, parent := &node{span: s}, placeOf(s), parentOf(s)
	if parent == (place{}) && t.root == nil {
		t.root = n
		delete(t.parents, at)
		return
	}
	if !s.Shared && parent != (place{}) {
		// On the server's side the parent is its half of a shared span.
		half := place{id: parent.id, shared: true, host: host(s.LocalEndpoint)}
		if _, there := t.parents[half]; there {
			t.parents[at] = half
		}
	}
	t.nodes[at] = n
	if s.Shared {
		t.nodes[place{id: s.ID, shared: true}] = n // for spans that do not say where they were
	}
}

func (t *tree) connect() *node {
	if t.root == nil {
		t.root = &node{}
	}
	for at, above := range t.parents {
		child, parent := t.nodes[at], t.nodes[above]
		if parent == nil {
			parent = t.root
		}
		child.parent = parent
		parent.children = append(parent.children, child)
	}
	return t.root
}
