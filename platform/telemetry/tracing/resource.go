package tracing

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
)

// Identity is who tells: what spans, metrics and log lines of a service say alike.
type Identity struct {
	Service     string // service.name
	Version     string // service.version
	Environment string // deployment.environment.name
}

// ErrOneNameForAll is the error of naming the services of a process that hosts several.
var ErrOneNameForAll = errors.New(
	"OTEL_SERVICE_NAME and service.name in OTEL_RESOURCE_ATTRIBUTES must not be set: each service in this process keeps its own name")

// Identify returns who, with what the settings say instead.
func (s *Settings) Identify(who Identity) Identity {
	attributes, _ := s.resourceAttributes() // without an error, by Validate
	for _, kv := range attributes {
		switch kv.key {
		case "service.name":
			who.Service = kv.value
		case "service.version":
			who.Version = kv.value
		case "deployment.environment.name":
			who.Environment = kv.value
		}
	}
	if s.ServiceName != "" {
		who.Service = s.ServiceName
	}
	return who
}

// NamesService reports whether the settings name the service; see ErrOneNameForAll.
func (s *Settings) NamesService() bool { return s.Identify(Identity{}).Service != "" }

// attributes returns the resource attributes that are not part of an Identity.
func (s *Settings) attributes() []attribute.KeyValue {
	var others []attribute.KeyValue
	found, _ := s.resourceAttributes()
	for _, kv := range found {
		switch kv.key {
		case "service.name", "service.version", "deployment.environment.name":
		default:
			others = append(others, attribute.String(kv.key, kv.value))
		}
	}
	return others
}

func (s *Settings) resourceAttributes() ([]pair, error) {
	found, err := pairs(s.ResourceAttributes)
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES must be KEY=VALUE,...: %w", err)
	}
	return found, nil
}
