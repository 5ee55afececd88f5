package apidocs

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/myevents/myevents/platform/auth"
)

// curl returns a command that calls the operation. It expects the address in $MYEVENTS and a token in $TOKEN.
func (d *document) curl(method, path string, op apiOperation, rule auth.Rule) string {
	lines := []string{"curl"}
	if method != "GET" {
		lines[0] += " -X " + method
	}
	lines[0] += ` "$MYEVENTS` + path + d.query(op) + `"`
	if !rule.Public {
		lines = append(lines, `-H "Authorization: Bearer $TOKEN"`)
	}
	for _, p := range op.Parameters {
		if p.In == "header" && p.Required {
			lines = append(lines, `-H '`+p.Name+": "+text(d.parameterExample(p))+`'`)
		}
	}
	if s := op.RequestBody.schema(); s != nil {
		lines = append(lines, `-H 'Content-Type: application/json'`, `-d '`+text(d.example(s, 0))+`'`)
	}
	return strings.Join(lines, " \\\n  ")
}

// query returns the required parameters.
func (d *document) query(op apiOperation) string {
	var pairs []string
	for _, p := range op.Parameters {
		if p.In == "query" && p.Required {
			pairs = append(pairs, p.Name+"="+text(d.parameterExample(p)))
		}
	}
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}

func (d *document) parameterExample(p apiParameter) any {
	if p.Example != nil {
		return p.Example
	}
	return d.example(p.Schema, 0)
}

// example makes a value that fits the schema, of what the schema itself offers where it offers something. Optional
// properties are left out.
func (d *document) example(s *schema, depth int) any {
	s = d.resolve(s)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case depth >= maxDepth:
		return nil
	case s.is("array"):
		return []any{d.example(s.Items, depth+1)}
	case s.is("object"):
		value := map[string]any{}
		for _, name := range s.Required {
			value[name] = d.example(s.Properties[name], depth+1)
		}
		return value
	default:
		return plain(s)
	}
}

// plain makes a number, truth value or string.
func plain(s *schema) any {
	switch {
	case s.is("integer"), s.is("number"):
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case s.is("boolean"):
		return true
	case s.Format == "date-time":
		return "2027-06-01T20:00:00Z"
	case s.Format == "email":
		return "ada@example.com"
	default:
		return "..."
	}
}

// text returns a string as it is and anything else as JSON, with a quote in it written so that a shell keeps it.
func text(value any) string {
	s, ok := value.(string)
	if !ok {
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			return ""
		}
		s = strings.TrimSpace(buffer.String())
	}
	return strings.ReplaceAll(s, "'", `'\''`)
}
