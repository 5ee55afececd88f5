package openapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/contracts/openapi"
)

func TestOperationsAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	operations, err := openapi.Operations()
	require.NoError(t, err)
	require.Len(t, operations, len(contracts.Access()))
	require.Contains(t, operations, openapi.Operation{Method: "POST", Path: "/api/v1/events/{id}/bookings", Status: 201})
	require.Contains(t, operations, openapi.Operation{Method: "DELETE", Path: "/api/v1/sessions/current", Status: 204})
}
