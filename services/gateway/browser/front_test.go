package browser_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/gateway/browser"
)

// Everything else about a Front is tested through the gateway, in services/gateway/app.
func TestRequestWithoutACookieCostsNothing(t *testing.T) {
	front := browser.NewFront(browser.FrontOptions{}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r, w := httptest.NewRequest(http.MethodGet, "/api/v1/events", http.NoBody), httptest.NewRecorder()
	require.Zero(t, testing.AllocsPerRun(100, func() { front.ServeHTTP(w, r) }))
}
