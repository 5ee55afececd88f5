package command_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone/command"
)

func TestEachServiceKeepsItsNameInTelemetry(t *testing.T) {
	t.Parallel()
	for variable, value := range map[string]string{
		"OTEL_SERVICE_NAME": "myevents", "OTEL_RESOURCE_ATTRIBUTES": "team=blue,service.name=myevents",
	} {
		getenv := func(name string) string { return map[string]string{variable: value}[name] }
		var errs bytes.Buffer
		require.Equal(t, 2, command.Run(t.Context(), nil, getenv, &bytes.Buffer{}, &errs))
		require.Contains(t, errs.String(), "OTEL_SERVICE_NAME and service.name in OTEL_RESOURCE_ATTRIBUTES must not be set")
	}
}
