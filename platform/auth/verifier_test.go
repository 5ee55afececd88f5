package auth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

var ada = auth.Principal{UserID: "ada", SessionID: "s1", Roles: []string{auth.RoleCustomer, auth.RoleOrganizer}}

func TestVerifyAcceptsWhatTheIssuerSigned(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	v := is.verifier(t)
	for range 3 {
		got, err := v.Verify(t.Context(), is.token(t, "k1", ada))
		require.NoError(t, err)
		require.Equal(t, []any{ada.UserID, ada.SessionID, ada.Roles}, []any{got.UserID, got.SessionID, got.Roles})
		require.Equal(t, "fdee430d40bd57de", got.Hash(), "as `printf ada | sha256sum` says")
		require.Equal(t, got.Hash(), ada.Hash())
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	v := is.verifier(t)
	stranger := newIssuer(t)
	good := is.token(t, "k1", ada)
	claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := jwt.MapClaims{"iss": "myevents", "sub": "ada", "sid": "s1", "exp": is.now().Add(time.Minute).Unix()}
		change(c)
		return c
	}
	tests := map[string]struct{ token, code string }{
		"nothing":                         {"", "token-invalid"},
		"no token at all":                 {"hello", "token-invalid"},
		"a token cut short":               {good[:len(good)-4], "token-invalid"},
		"a stranger's key by our name":    {stranger.token(t, "k1", ada), "token-invalid"},
		"a key nobody has heard of":       {stranger.token(t, "k9", ada), "token-invalid"},
		"an expired token":                {is.tokenAt(t, "k1", ada, is.now().Add(-auth.TokenLife)), "token-expired"},
		"another issuer":                  {is.sign(t, claims(func(c jwt.MapClaims) { c["iss"] = "other" })), "token-invalid"},
		"no expiry":                       {is.sign(t, claims(func(c jwt.MapClaims) { delete(c, "exp") })), "token-invalid"},
		"no user":                         {is.sign(t, claims(func(c jwt.MapClaims) { delete(c, "sub") })), "token-invalid"},
		"no session":                      {is.sign(t, claims(func(c jwt.MapClaims) { delete(c, "sid") })), "token-invalid"},
		"no signature":                    {unsigned(t, claims(func(jwt.MapClaims) {})), "token-invalid"},
		"the public key used as HMAC key": {hmacSigned(t, is.public("k1"), claims(func(jwt.MapClaims) {})), "token-invalid"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Verify(t.Context(), test.token)
			require.Equal(t, fault.Unauthenticated, fault.KindOf(err))
			require.Equal(t, test.code, fault.CodeOf(err))
		})
	}
}

func TestVerifyChecksExpiryOfKnownTokens(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	v := is.verifier(t)
	token := is.token(t, "k1", ada)
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	is.advance(auth.TokenLife - time.Second)
	_, err = v.Verify(t.Context(), token)
	require.NoError(t, err)
	is.advance(time.Second)
	_, err = v.Verify(t.Context(), token)
	require.Equal(t, "token-expired", fault.CodeOf(err))
}

func TestRevokedSessionsAreRefused(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	v := is.verifier(t)
	known, unseen := is.token(t, "k1", ada), is.tokenAt(t, "k1", ada, is.now().Add(-time.Minute))
	_, err := v.Verify(t.Context(), known)
	require.NoError(t, err)

	event, err := cloudevent.New("m1", "/identity", auth.SessionRevoked, "s1", is.now(),
		map[string]any{"id": "s1", "user_id": "ada", "expires_at": is.now().Add(auth.TokenLife)})
	require.NoError(t, err)
	require.NoError(t, v.OnRevoked(t.Context(), event))

	for _, token := range []string{known, unseen} {
		_, err = v.Verify(t.Context(), token)
		require.Equal(t, "session-revoked", fault.CodeOf(err))
	}
	other := ada
	other.SessionID = "s2"
	_, err = v.Verify(t.Context(), is.token(t, "k1", other))
	require.NoError(t, err)
}

func TestOnRevokedRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	v := newIssuer(t).verifier(t)
	for _, data := range []string{`[]`, `{}`} {
		err := v.OnRevoked(t.Context(), cloudevent.Event{Type: auth.SessionRevoked, Data: json.RawMessage(data)})
		require.Equal(t, fault.Invalid, fault.KindOf(err), data)
	}
}

func TestRefreshRepairsALostBroadcast(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	v := is.verifier(t)
	token := is.token(t, "k1", ada)
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	is.revoke("s1", is.now().Add(auth.TokenLife))
	require.Eventually(t, func() bool {
		_, err := v.Verify(t.Context(), token)
		return fault.CodeOf(err) == "session-revoked"
	}, 5*time.Second, time.Millisecond)
}

func TestTokensOfAWithdrawnKeyAreRefused(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	v := is.verifier(t)
	token := is.token(t, "k1", ada)
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	is.addKey(t, "k2")
	is.dropKey("k1")
	require.Eventually(t, func() bool {
		_, err := v.Verify(t.Context(), token)
		return fault.CodeOf(err) == "token-invalid"
	}, 5*time.Second, time.Millisecond)
}

func TestAnUnknownKeyIsFetchedAtMostOnceASecond(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	v := auth.NewVerifier(is.options())
	fetches := func() int64 {
		var wg sync.WaitGroup
		before := is.fetches.Load()
		for range 20 {
			wg.Go(func() { _, _ = v.Verify(context.Background(), is.token(t, "k2", ada)) })
		}
		wg.Wait()
		return is.fetches.Load() - before
	}
	is.hide(t, "k2")
	require.EqualValues(t, 1, fetches())
	require.EqualValues(t, 0, fetches())
	is.advance(time.Second)
	require.EqualValues(t, 1, fetches())

	is.publish("k2")
	_, err := v.Verify(t.Context(), is.token(t, "k2", ada))
	require.Equal(t, "token-invalid", fault.CodeOf(err))
	is.advance(time.Second)
	_, err = v.Verify(t.Context(), is.token(t, "k2", ada))
	require.NoError(t, err)
}

func TestStartDoesNotNeedTheIssuer(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	is.away.Store(true)
	v := is.verifier(t)
	_, err := v.Check(t.Context())
	require.Error(t, err)
	_, err = v.Verify(t.Context(), is.token(t, "k1", ada))
	require.Equal(t, fault.Unavailable, fault.KindOf(err))

	is.away.Store(false)
	require.Eventually(t, func() bool {
		_, err := v.Check(t.Context())
		return err == nil
	}, 5*time.Second, time.Millisecond)
	_, err = v.Verify(t.Context(), is.token(t, "k1", ada))
	require.NoError(t, err)

	is.away.Store(true)
	other := ada
	other.SessionID = "s2"
	_, err = v.Verify(t.Context(), is.token(t, "k1", other))
	require.NoError(t, err, "known keys are enough")
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	v := is.verifier(t)
	handler := v.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, signedIn := auth.FromContext(r.Context())
		if !signedIn {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = w.Write([]byte(p.UserID))
	}))
	token := is.token(t, "k1", ada)
	tests := map[string]struct {
		header string
		status int
		body   string
	}{
		"nobody":                {"", http.StatusNoContent, ""},
		"a user":                {"Bearer " + token, http.StatusOK, "ada"},
		"the scheme in lower":   {"bearer " + token, http.StatusOK, "ada"},
		"another scheme":        {"Basic " + token, http.StatusUnauthorized, ""},
		"a scheme alone":        {"Bearer", http.StatusUnauthorized, ""},
		"a token that is wrong": {"Bearer x", http.StatusUnauthorized, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			if test.header != "" {
				r.Header.Set("Authorization", test.header)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			require.Equal(t, test.status, w.Code)
			require.Equal(t, test.body, w.Body.String())
		})
	}
}

func TestMiddlewareKeepsTheRouteForThoseInFront(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /things/{id}", func(http.ResponseWriter, *http.Request) { panic("a defect") })
	r := httptest.NewRequest(http.MethodGet, "/things/1", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+is.token(t, "k1", ada))
	handler := is.verifier(t).Middleware(mux)
	require.PanicsWithValue(t, "a defect", func() { handler.ServeHTTP(httptest.NewRecorder(), r) })
	require.Equal(t, "GET /things/{id}", r.Pattern)
}

func TestStatsSayWhatIsKnown(t *testing.T) {
	t.Parallel()
	is := newIssuer(t)
	is.revoke("s2", is.now().Add(time.Minute))
	is.away.Store(true)
	v := is.verifier(t)
	require.True(t, v.Stats().Learned.IsZero())
	require.Positive(t, v.Stats().Failures)

	is.away.Store(false)
	is.advance(2 * time.Second) // one does not ask again at once
	_, err := v.Verify(t.Context(), is.token(t, "k1", ada))
	require.NoError(t, err)
	known := v.Stats()
	require.Equal(t, []int{1, 1, 1}, []int{known.Keys, known.RevokedSessions, known.CachedTokens})
	require.Equal(t, is.now(), known.Learned)
}

func BenchmarkVerifyKnownToken(b *testing.B) {
	is := newIssuer(b)
	v := is.verifier(b)
	token := is.token(b, "k1", ada)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := v.Verify(context.Background(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
