// Package apidocs renders an OpenAPI document as one readable page that loads nothing from third parties and runs no
// script.
package apidocs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// document is the part of OpenAPI 3.1 that the page shows.
type document struct {
	Info struct {
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"info"`
	Paths      map[string]map[string]apiOperation `json:"paths"` // by path and method
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type apiOperation struct {
	ID          string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Description string              `json:"description"`
	Tags        []string            `json:"tags"`
	Parameters  []apiParameter      `json:"parameters"`
	RequestBody *content            `json:"requestBody"`
	Responses   map[string]*content `json:"responses"` // by status
}

type apiParameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Required    bool    `json:"required"`
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
	Example     any     `json:"example"`
}

type content struct {
	Description string               `json:"description"`
	Content     map[string]mediaType `json:"content"`
}

type mediaType struct {
	Schema *schema `json:"schema"`
}

type schema struct {
	Ref         string             `json:"$ref"`
	Type        types              `json:"type"`
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	Enum        []any              `json:"enum"`
	Examples    []any              `json:"examples"`
	Default     any                `json:"default"`
	Pattern     string             `json:"pattern"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	MinLength   *int               `json:"minLength"`
	MaxLength   *int               `json:"maxLength"`
	MinItems    *int               `json:"minItems"`
	MaxItems    *int               `json:"maxItems"`
}

// types is one type or several, such as "string" and "null".
type types []string

// UnmarshalJSON accepts both forms of the keyword.
func (t *types) UnmarshalJSON(body []byte) error {
	var one string
	if json.Unmarshal(body, &one) == nil {
		*t = types{one}
		return nil
	}
	var several []string
	if err := json.Unmarshal(body, &several); err != nil {
		return fmt.Errorf("schema type %s: %w", body, err)
	}
	*t = several
	return nil
}

// is reports whether the schema is of the type, null aside.
func (s *schema) is(name string) bool {
	for _, t := range s.Type {
		if t == name {
			return true
		}
	}
	return false
}

// resolve follows references.
func (d *document) resolve(s *schema) *schema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	if s == nil {
		return &schema{}
	}
	return s
}

// kind says in a word or two what a value is, such as "integer" or "list of string".
func (d *document) kind(s *schema) string {
	s = d.resolve(s)
	if s.is("array") {
		return "list of " + d.kind(s.Items)
	}
	for _, t := range s.Type {
		switch {
		case t == "null":
		case t == "string" && s.Format != "":
			return s.Format
		default:
			return t
		}
	}
	return "any"
}

// rules says what a value has to fulfil, such as "1 to 100".
func (s *schema) rules() string {
	var rules []string
	add := func(text string) {
		if text != "" {
			rules = append(rules, text)
		}
	}
	add(interval(s.Minimum, s.Maximum, ""))
	add(interval(float(s.MinLength), float(s.MaxLength), " characters"))
	add(interval(float(s.MinItems), float(s.MaxItems), " items"))
	if len(s.Enum) > 0 {
		options := make([]string, 0, len(s.Enum))
		for _, e := range s.Enum {
			options = append(options, fmt.Sprint(e))
		}
		add("one of " + strings.Join(options, ", "))
	}
	if s.Pattern != "" {
		add("matches " + s.Pattern)
	}
	if s.Default != nil {
		add(fmt.Sprintf("default %v", s.Default))
	}
	return strings.Join(rules, "; ")
}

func interval(low, high *float64, unit string) string {
	number := func(f *float64) string { return strconv.FormatFloat(*f, 'f', -1, 64) }
	switch {
	case low != nil && high != nil:
		return number(low) + " to " + number(high) + unit
	case low != nil:
		return "at least " + number(low) + unit
	case high != nil:
		return "at most " + number(high) + unit
	default:
		return ""
	}
}

func float(i *int) *float64 {
	if i == nil {
		return nil
	}
	f := float64(*i)
	return &f
}
