package app_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/services/identity"
)

func TestSignInDoesNotSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.signUp("ada@example.org")
	wrong := w.call("", "POST", "/api/v1/sessions", credentials("ada@example.org", "another password"))
	unknown := w.call("", "POST", "/api/v1/sessions", credentials("eve@example.org", password))
	for _, a := range []answer{wrong, unknown} {
		a.requireProblem(http.StatusUnauthorized, "invalid-credentials")
		delete(a.body, "trace_id")
	}
	require.Equal(t, wrong.body, unknown.body)

	lines := w.audit("session.sign_in")
	require.Len(t, lines, 2)
	require.Equal(t, id, lines[0]["user.id"])
	require.NotContains(t, lines[1], "user.id")
	require.NotEmpty(t, lines[1]["user.hash"])
}

func TestTokensAreRenewedForTwelveHours(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.signUp("ada@example.org")
	first := w.call("", "POST", "/api/v1/sessions", credentials("ada@example.org", password)).requireStatus(http.StatusCreated)
	require.Equal(t, "no-store", first.header.Get("Cache-Control"))
	expires, err := time.Parse(time.RFC3339, first.text("expires_at"))
	require.NoError(t, err)
	require.WithinDuration(t, w.now().Add(auth.TokenLife), expires, time.Minute)
	require.True(t, strings.HasSuffix(first.text("expires_at"), "Z"))
	require.EqualValues(t, expires.Unix(), claims(t, first.text("token"))["exp"])

	token := first.text("token")
	begin := w.now()
	for w.now().Before(begin.Add(identity.SessionLife - 9*time.Minute)) {
		renewed := w.call(token, "PUT", "/api/v1/sessions/current", "").requireStatus(http.StatusOK).text("token")
		require.NotEqual(t, token, renewed)
		token = renewed
		w.advance(9 * time.Minute)
	}
	w.call(first.text("token"), "GET", "/api/v1/users/me", "").requireProblem(http.StatusUnauthorized, "token-expired")
	w.call(token, "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK)
	token = w.call(token, "PUT", "/api/v1/sessions/current", "").requireStatus(http.StatusOK).text("token")
	w.advance(9 * time.Minute)
	w.call(token, "PUT", "/api/v1/sessions/current", "").requireProblem(http.StatusUnauthorized, "session-expired")
	w.call(token, "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK)
}

func TestSignOutRevokesTheSessionEverywhere(t *testing.T) {
	t.Parallel()
	w := start(t)
	subscriber, err := w.broker.Broadcaster("listener")
	require.NoError(t, err)
	heard, err := subscriber.Subscribe(t.Context(), contracts.TopicSession)
	require.NoError(t, err)

	id := w.signUp("ada@example.org")
	token, other := w.signIn("ada@example.org"), w.signIn("ada@example.org")
	sessionID := claims(t, token)["sid"]
	require.Empty(t, w.revoked())
	w.call(token, "DELETE", "/api/v1/sessions/current", "").requireStatus(http.StatusNoContent)
	w.call(token, "GET", "/api/v1/users/me", "").requireProblem(http.StatusUnauthorized, "session-revoked")
	w.call(token, "PUT", "/api/v1/sessions/current", "").requireProblem(http.StatusUnauthorized, "session-revoked")
	w.call(other, "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK)

	select {
	case batch := <-heard:
		batch[0].Ack()
		event, err := cloudevent.Decode(batch[0].Payload())
		require.NoError(t, err)
		require.Equal(t, contracts.SessionRevoked, event.Type)
		require.Contains(t, event.Trace, w.traceOf("DELETE /api/v1/sessions/current"))
		var session contracts.Session
		require.NoError(t, json.Unmarshal(event.Data, &session))
		require.Equal(t, sessionID, session.ID)
		require.Equal(t, id, session.UserID)
		require.EqualValues(t, claims(t, token)["exp"], session.Expires.Unix())
	case <-time.After(10 * time.Second):
		require.Fail(t, "session.revoked was not published")
	}

	w.restart()
	w.call(token, "GET", "/api/v1/users/me", "").requireProblem(http.StatusUnauthorized, "session-revoked")
	w.advance(auth.TokenLife - 2*time.Minute)
	require.Equal(t, []any{sessionID}, w.revoked())
	w.advance(2 * time.Minute)
	require.Empty(t, w.revoked())
	w.call(token, "GET", "/api/v1/users/me", "").requireStatus(http.StatusUnauthorized)
	require.Len(t, w.audit("session.sign_out"), 1)
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.signUp("ada@example.org")
	token := w.signIn("ada@example.org")
	keys := w.keys()
	require.Len(t, keys, 2)
	require.Equal(t, keys[0], keyID(t, token), "one signs")
	require.Equal(t, keys, w.keys())

	w.advance(w.config.KeyRotation - time.Minute)
	token = w.signIn("ada@example.org")
	require.Equal(t, keys[0], keyID(t, token))
	w.advance(2 * time.Minute)
	require.Equal(t, keys[1], keyID(t, w.signIn("ada@example.org")), "the one that was published before")
	rotated := w.keys()
	require.Len(t, rotated, 3)
	require.Equal(t, keys, rotated[:2])
	w.call(token, "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK)

	w.advance(time.Hour)
	require.Equal(t, rotated[1:], w.keys(), "nobody can hold a token of the first one any more")
	w.restart()
	require.Equal(t, rotated[1:], w.keys())

	w.advance(100 * w.config.KeyRotation)
	late := w.keys()
	require.Len(t, late, 2)
	require.Equal(t, rotated[2], late[0], "after a long sleep the next one still comes next")
	require.Equal(t, rotated[2], keyID(t, w.signIn("ada@example.org")))
}

// traceOf returns the id of the last trace with a span of that name.
func (w *world) traceOf(name string) string {
	w.t.Helper()
	var id string
	for _, span := range w.spans.Ended() {
		if span.Name() == name {
			id = span.SpanContext().TraceID().String()
		}
	}
	require.NotEmpty(w.t, id)
	return id
}

// keys returns the ids of the published keys.
func (w *world) keys() []string {
	w.t.Helper()
	var ids []string
	for _, k := range w.call("", "GET", auth.KeysPath, "").requireStatus(http.StatusOK).body["keys"].([]any) {
		key := k.(map[string]any)
		ids = append(ids, key["kid"].(string))
		require.NotContains(w.t, key, "d", "the private part")
	}
	return ids
}

// revoked returns the ids of the revoked sessions.
func (w *world) revoked() []any {
	w.t.Helper()
	var ids []any
	for _, item := range w.call("", "GET", auth.RevocationsPath, "").requireStatus(http.StatusOK).body["items"].([]any) {
		ids = append(ids, item.(map[string]any)["session_id"])
	}
	return ids
}

func claims(t *testing.T, token string) map[string]any { return tokenPart(t, token, 1) }

func keyID(t *testing.T, token string) string { return tokenPart(t, token, 0)["kid"].(string) }

func tokenPart(t *testing.T, token string, i int) map[string]any {
	t.Helper()
	parts := slices.Collect(strings.SplitSeq(token, "."))
	require.Len(t, parts, 3)
	text, err := base64.RawURLEncoding.DecodeString(parts[i])
	require.NoError(t, err)
	var part map[string]any
	require.NoError(t, json.Unmarshal(text, &part))
	return part
}
