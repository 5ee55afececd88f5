package apidocs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/myevents/myevents/platform/auth"
)

// view is what the template shows.
type view struct {
	Title       string
	Description string
	Groups      []group
}

type group struct {
	Name       string
	Operations []operation
}

type operation struct {
	ID          string
	Method      string
	Path        string
	Summary     string
	Description string
	Access      string
	Parameters  []field
	Body        []field
	Answers     []answer
	Curl        string
}

// field is a parameter, or a property of a body with its path, such as halls[].capacity.
type field struct {
	Name        string
	In          string // for parameters: path, query or header
	Kind        string
	Required    bool
	Rules       string
	Description string
}

type answer struct {
	Status      string
	Description string
	Problem     bool
	Fields      []field
}

// methods is the order of a path's operations.
const methods = "get post put patch delete"

func newView(body []byte, access auth.Table) (*view, error) {
	d := &document{}
	if err := json.Unmarshal(body, d); err != nil {
		return nil, fmt.Errorf("parse OpenAPI document: %w", err)
	}
	byTag := map[string][]operation{}
	for path, operations := range d.Paths {
		for method, op := range operations {
			tag := "other"
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			byTag[tag] = append(byTag[tag], d.operation(method, path, op, access))
		}
	}
	v := &view{Title: d.Info.Title, Description: d.Info.Description}
	for name, operations := range byTag {
		slices.SortFunc(operations, func(a, b operation) int {
			if byPath := strings.Compare(a.Path, b.Path); byPath != 0 {
				return byPath
			}
			return strings.Index(methods, strings.ToLower(a.Method)) - strings.Index(methods, strings.ToLower(b.Method))
		})
		v.Groups = append(v.Groups, group{Name: name, Operations: operations})
	}
	slices.SortFunc(v.Groups, func(a, b group) int { return strings.Compare(a.Name, b.Name) })
	return v, nil
}

func (d *document) operation(method, path string, op apiOperation, access auth.Table) operation {
	rule := access[op.ID]
	o := operation{
		ID: op.ID, Method: strings.ToUpper(method), Path: path, Summary: op.Summary, Description: op.Description,
		Access: accessText(rule), Curl: d.curl(strings.ToUpper(method), path, op, rule),
	}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, field{
			Name: p.Name, In: p.In, Kind: d.kind(p.Schema), Required: p.Required, Rules: d.resolve(p.Schema).rules(), Description: p.Description,
		})
	}
	if s := op.RequestBody.schema(); s != nil {
		o.Body = d.fields("", s, 0)
	}
	for status, c := range op.Responses {
		a := answer{Status: status, Description: c.Description, Problem: status >= "400"}
		if s := c.schema(); s != nil && !a.Problem {
			a.Fields = d.fields("", s, 0)
		}
		o.Answers = append(o.Answers, a)
	}
	slices.SortFunc(o.Answers, func(a, b answer) int { return strings.Compare(a.Status, b.Status) })
	return o
}

func accessText(r auth.Rule) string {
	text := "anyone who is signed in"
	switch {
	case r.Public:
		return "everybody"
	case len(r.Roles) > 0:
		text = strings.Join(r.Roles, " or ")
	}
	if r.Owner == auth.Callers {
		text += ", for what is their own"
	}
	return text
}

// schema returns that of the JSON body, or nil where there is none.
func (c *content) schema() *schema {
	if c == nil {
		return nil
	}
	return c.Content["application/json"].Schema
}

// maxDepth keeps a schema that refers to itself from being shown without end.
const maxDepth = 4

// fields lists the properties of an object, those of nested objects and lists behind their parent.
func (d *document) fields(prefix string, s *schema, depth int) []field {
	s = d.resolve(s)
	if s.is("array") {
		return d.fields(prefix+"[]", s.Items, depth)
	}
	if depth >= maxDepth {
		return nil
	}
	var fields []field
	for _, name := range sortedKeys(s.Properties) {
		property := d.resolve(s.Properties[name])
		path := strings.TrimPrefix(prefix+"."+name, ".")
		fields = append(fields, field{
			Name: path, Kind: d.kind(property), Required: slices.Contains(s.Required, name),
			Rules: property.rules(), Description: property.Description,
		})
		fields = append(fields, d.fields(path, property, depth+1)...)
	}
	return fields
}

func sortedKeys(m map[string]*schema) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
