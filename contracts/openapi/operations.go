package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Operation is an operation of the merged document, as it is seen in telemetry.
type Operation struct {
	Method string // in capitals
	Path   string // such as "/api/v1/events/{id}"
	Status int    // of its success
}

// Operations returns all operations of the platform, in no order.
func Operations() ([]Operation, error) {
	d, err := parse(merged)
	if err != nil {
		return nil, err
	}
	var all []Operation
	for path, operations := range d.Paths {
		for method, body := range operations {
			status, err := success(body)
			if err != nil {
				return nil, fmt.Errorf("operation %s %s: %w", method, path, err)
			}
			all = append(all, Operation{Method: strings.ToUpper(method), Path: path, Status: status})
		}
	}
	return all, nil
}

func success(operation json.RawMessage) (int, error) {
	var described struct {
		Responses map[string]json.RawMessage `json:"responses"`
	}
	if err := json.Unmarshal(operation, &described); err != nil {
		return 0, err
	}
	for code := range described.Responses {
		if status, err := strconv.Atoi(code); err == nil && status < http.StatusMultipleChoices {
			return status, nil
		}
	}
	return 0, fmt.Errorf("it never succeeds")
}
