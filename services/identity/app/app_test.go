package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/identity/app"
)

func TestNewRefusesAndLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*app.Config)
		reason string
	}{
		"no pepper":                     {func(c *app.Config) { c.Pepper = "" }, "--pepper"},
		"a cost nobody can wait for":    {func(c *app.Config) { c.PasswordCost = 30 }, "--password-cost"},
		"a store of an unknown kind":    {func(c *app.Config) { c.Store = "oracle:x" }, "must be sqlite"},
		"keys that never rotate":        {func(c *app.Config) { c.KeyRotation = 0 }, "--key-rotation"},
		"an operator without a mailbox": {func(c *app.Config) { c.BootstrapOperator = "root" }, "--bootstrap-operator"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			good := w.config
			test.change(&w.config)
			require.ErrorContains(t, w.hosted.Start(t.Context()), test.reason)
			w.config = good
			require.NoError(t, w.hosted.Start(t.Context()))
			require.NoError(t, w.hosted.Stop(t.Context()))
		})
	}
}

func TestStopWithoutStartClosesTheStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		env, err := w.host.Env("identity")
		require.NoError(t, err)
		service, err := app.New(t.Context(), w.config, env)
		require.NoError(t, err)
		require.NoError(t, service.Stop(t.Context()))
		require.NoError(t, service.Stop(t.Context()))
		require.NoError(t, env.Telemetry.Shutdown(t.Context()))
	}
}

func TestAdminServesTheOutbox(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.signUp("ada@example.org")
	r := httptest.NewRequest(http.MethodGet, "/admin/identity/outbox?after=0&limit=10", http.NoBody)
	r.Header.Set("Authorization", "Bearer admin token")
	recorder := httptest.NewRecorder()
	w.host.Admin.Handler().ServeHTTP(recorder, r)
	require.Equal(t, http.StatusOK, recorder.Code)
	var page struct {
		Items []struct {
			Event struct {
				Type string
				Data map[string]any
			}
		}
	}
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &page))
	require.Len(t, page.Items, 1)
	require.Equal(t, "user.registered", page.Items[0].Event.Type)
	require.Equal(t, map[string]any{"id": id, "roles": []any{"customer"}}, page.Items[0].Event.Data, "nothing personal")
}

func TestDocumentIsStable(t *testing.T) {
	t.Parallel()
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	first := app.Document()
	require.NoError(t, json.Unmarshal(first, &document))
	var operations []string
	for _, methods := range document.Paths {
		for _, operation := range methods {
			operations = append(operations, operation.OperationID)
		}
	}
	require.ElementsMatch(t, []string{
		"create-user", "get-own-user", "change-password", "set-user-roles", "create-session", "renew-session", "delete-session",
	}, operations)
	again := app.Document()
	require.Equal(t, first, again)
}
