// Package logs is the contract of the platform's log lines with whoever reads them: filters, dashboards, saved searches.
package logs

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed line.schema.json
var document []byte

// Schema is line.schema.json, ready to be checked against. It is safe for concurrent use.
type Schema struct {
	line *jsonschema.Schema
}

// NewSchema returns the schema.
func NewSchema() (*Schema, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("schema of log lines: %w", err)
	}
	const id = "urn:myevents:log-line"
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(id, parsed); err != nil {
		return nil, fmt.Errorf("schema of log lines: %w", err)
	}
	line, err := compiler.Compile(id)
	if err != nil {
		return nil, fmt.Errorf("schema of log lines: %w", err)
	}
	return &Schema{line: line}, nil
}

// Validate returns what is wrong with a line, or nil. The error quotes the line.
func (s *Schema) Validate(line []byte) error {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err == nil {
		err = s.line.Validate(document)
	}
	if err != nil {
		return fmt.Errorf("log line %s: %w", bytes.TrimSpace(line), err)
	}
	return nil
}
