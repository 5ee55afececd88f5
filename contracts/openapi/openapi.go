// Package openapi holds the OpenAPI 3.1 documents of the platform: one a service, as its code describes it, and
// myevents.json, which is all of them as the gateway shows them. They are written by `make generate`; a test fails
// where they differ from the code.
package openapi

import (
	"bytes"
	_ "embed" // the merged document
	"encoding/json"
	"fmt"
)

//go:embed myevents.json
var merged []byte

// Merged returns the document of the whole platform. The bytes must not be modified.
func Merged() []byte { return merged }

// document is what merging needs to know of an OpenAPI document.
type document struct {
	OpenAPI    string                                `json:"openapi"`
	Info       json.RawMessage                       `json:"info"`
	Servers    json.RawMessage                       `json:"servers,omitempty"`
	Security   json.RawMessage                       `json:"security,omitempty"`
	Tags       []tag                                 `json:"tags,omitempty"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`      // by path and method
	Components map[string]map[string]json.RawMessage `json:"components"` // by kind and name
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Merge returns the document of the door and of the services behind it: it is about the door, and where the door
// answers an operation itself, its description replaces the services'. Anything else that two documents have must be
// equal: a name means one thing on the whole platform.
func Merge(door []byte, services ...[]byte) ([]byte, error) {
	whole, err := parse(door)
	if err != nil {
		return nil, err
	}
	own, err := parse(door)
	if err != nil {
		return nil, err
	}
	for _, body := range services {
		service, err := parse(body)
		if err != nil {
			return nil, err
		}
		service.without(own.Paths)
		if err := whole.add(service); err != nil {
			return nil, err
		}
	}
	out, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode merged OpenAPI document: %w", err)
	}
	return append(out, '\n'), nil
}

func parse(body []byte) (*document, error) {
	d := &document{}
	if err := json.Unmarshal(body, d); err != nil {
		return nil, fmt.Errorf("parse OpenAPI document: %w", err)
	}
	if d.Paths == nil {
		d.Paths = map[string]map[string]json.RawMessage{}
	}
	if d.Components == nil {
		d.Components = map[string]map[string]json.RawMessage{}
	}
	return d, nil
}

// without takes the operations away that are in paths too.
func (d *document) without(paths map[string]map[string]json.RawMessage) {
	for path, operations := range paths {
		for method := range operations {
			delete(d.Paths[path], method)
		}
	}
}

func (d *document) add(other *document) error {
	if err := union(d.Paths, other.Paths); err != nil {
		return fmt.Errorf("operation %w", err)
	}
	if err := union(d.Components, other.Components); err != nil {
		return fmt.Errorf("component %w", err)
	}
	for _, t := range other.Tags {
		if !d.tagged(t.Name) {
			d.Tags = append(d.Tags, t)
		}
	}
	return nil
}

func (d *document) tagged(name string) bool {
	for _, t := range d.Tags {
		if t.Name == name {
			return true
		}
	}
	return false
}

// union adds the entries of src to dst. It fails where both have an entry of one name with different content.
func union(dst, src map[string]map[string]json.RawMessage) error {
	for outer, entries := range src {
		if dst[outer] == nil {
			dst[outer] = make(map[string]json.RawMessage, len(entries))
		}
		for inner, value := range entries {
			present, taken := dst[outer][inner]
			if taken && !same(present, value) {
				return fmt.Errorf("%s %s is in two documents with different content", outer, inner)
			}
			dst[outer][inner] = value
		}
	}
	return nil
}

func same(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
