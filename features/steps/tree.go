package steps

import (
	"slices"
	"strings"

	"github.com/openzipkin/zipkin-go/model"
)

// tree is a trace as people read it: each span below the one that caused it.
type tree struct {
	spans  []model.SpanModel
	caller string // the id of the span that the request said it came from; empty: it did not say
}

// roots returns the spans with which the trace began, as far as this platform is concerned.
func (t tree) roots() (all []model.SpanModel) {
	for _, span := range t.spans {
		if t.isRoot(span) {
			all = append(all, span)
		}
	}
	return all
}

// orphans returns the spans whose cause is not in the trace.
func (t tree) orphans() (all []model.SpanModel) {
	for _, span := range t.spans {
		if !t.isRoot(span) && !t.has(*span.ParentID) {
			all = append(all, span)
		}
	}
	return all
}

func (t tree) isRoot(span model.SpanModel) bool {
	return span.ParentID == nil || span.ParentID.String() == t.caller
}

func (t tree) has(id model.ID) bool {
	return slices.ContainsFunc(t.spans, func(span model.SpanModel) bool { return span.ID == id })
}

// String draws the tree: a line has a span's service, kind, name and, in brackets, what went wrong. Siblings come in the
// order of the alphabet, since that of things that happen side by side means nothing, and attempts that failed alike stand
// there once, since nobody knows how many there will be. What has lost its cause says so.
func (t tree) String() string {
	var lines []string
	for _, root := range t.roots() {
		lines = append(lines, t.draw(root, ""))
	}
	for _, orphan := range t.orphans() {
		lines = append(lines, "orphan of "+orphan.ParentID.String()+": "+t.draw(orphan, ""))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func (t tree) draw(span model.SpanModel, indent string) string {
	var below []string
	for _, child := range t.spans {
		if child.ParentID != nil && *child.ParentID == span.ID && !t.isRoot(child) {
			below = append(below, t.draw(child, indent+"  "))
		}
	}
	slices.Sort(below)
	below = slices.CompactFunc(below, func(a, b string) bool { return a == b && strings.HasSuffix(a, "]\n") })
	return indent + line(span) + "\n" + strings.Join(below, "")
}

// line describes a span. Zipkin knows no kind for what happens within a service.
func line(span model.SpanModel) string {
	words := []string{serviceOf(span), strings.ToLower(string(span.Kind)), strings.ToLower(span.Name)}
	if wrong := span.Tags["error.type"]; wrong != "" {
		words = append(words, "["+wrong+"]")
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

func serviceOf(span model.SpanModel) string {
	if span.LocalEndpoint == nil {
		return ""
	}
	return span.LocalEndpoint.ServiceName
}
