package app_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/gateway/app"
)

const (
	sessionPath = "/api/v1/browser/session"
	credentials = `{"email":"ada@example.org","password":"right"}`
)

// issuer stands in for the identity service. Its tokens are real ones.
type issuer struct {
	key     ed25519.PrivateKey
	issued  int
	ended   []string // the Authorization of those who signed out
	refuses error    // what every question is answered with; nil: an answer
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	return &issuer{key: key}
}

// Keys implements auth.Source.
func (i *issuer) Keys(context.Context) ([]auth.Key, error) {
	return []auth.Key{{ID: "k", Public: i.key.Public().(ed25519.PublicKey)}}, nil
}

// Revocations implements auth.Source.
func (i *issuer) Revocations(context.Context) ([]auth.Revocation, error) { return nil, nil }

func (i *issuer) token(issued time.Time) string {
	i.issued++
	signed, _ := auth.Sign("k", i.key, auth.Grant{
		ID: fmt.Sprint(i.issued), IssuedAt: issued, Principal: auth.Principal{UserID: "u1", SessionID: "s1", Roles: []string{auth.RoleCustomer}},
	})
	return signed
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ Password string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	token := i.token(time.Now())
	switch signedIn := strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ey"); {
	case i.refuses != nil:
		httpserver.WriteProblem(w, r, i.refuses)
	case r.Method == http.MethodPost && in.Password != "right" || r.Method != http.MethodPost && !signedIn:
		httpserver.WriteProblem(w, r, fault.New(fault.Unauthenticated, "invalid-credentials", "No."))
	case r.Method == http.MethodDelete:
		i.ended = append(i.ended, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/api/v1/users/me":
		_, _ = fmt.Fprint(w, `{"id":"u1","email":"ada@example.org","first_name":"Ada","last_name":"L","roles":["customer"]}`)
	default:
		_, _ = fmt.Fprintf(w, `{"token":%q,"expires_at":%q}`, token, time.Now().Add(auth.TokenLife).Format(time.RFC3339))
	}
}

// openFor starts a gateway whose tokens are the issuer's. The booking service answers what it was asked with.
func openFor(t *testing.T, i *issuer, c app.Config) world {
	t.Helper()
	env := environment(t, map[string]http.Handler{
		"identity": i,
		"booking": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, "%s|%s", r.Header.Get("Authorization"), r.Header.Get("Cookie"))
		}),
	}, beside{})
	env.Verifier = auth.NewVerifier(auth.Options{Source: i, Clock: time.Now})
	a, err := app.New(t.Context(), c, env)
	require.NoError(t, err)
	return world{handler: env.Verifier.Middleware(a.Handler()), health: env.Health}
}

// send sends a request as a browser would: headers are name and value in turn.
func (w world) send(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer
}

// cookie returns the session's cookie that the answer sets.
func cookie(t *testing.T, answer *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	set := answer.Result().Cookies()
	require.Len(t, set, 1, answer.Body.String())
	require.Equal(t, "myevents_session", set[0].Name)
	return set[0]
}

func TestTokenOfThePageIsInACookieOnly(t *testing.T) {
	t.Parallel()
	w := openFor(t, newIssuer(t), config())
	answer := w.send(http.MethodPost, sessionPath, credentials, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
	c := cookie(t, answer)
	require.True(t, c.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, c.SameSite)
	require.Equal(t, "/", c.Path)
	require.False(t, c.Secure, "the page came over plain HTTP")
	require.InDelta(t, 600, c.MaxAge, 2)
	require.NotContains(t, answer.Body.String(), c.Value)
	require.Contains(t, answer.Body.String(), `"first_name":"Ada"`)
	require.Contains(t, answer.Body.String(), `"expires_at":"2`)
	require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
}

func TestCookieIsSecureWhereThePageCameOverTLS(t *testing.T) {
	t.Parallel()
	c := config()
	w := openFor(t, newIssuer(t), c)
	stranger := w.send(http.MethodPost, sessionPath, credentials, "X-Forwarded-Proto", "https")
	require.False(t, cookie(t, stranger).Secure, "anybody may say so")

	c.TrustedProxies = []string{"192.0.2.0/24"} // httptest's client is in it
	w = openFor(t, newIssuer(t), c)
	require.True(t, cookie(t, w.send(http.MethodPost, sessionPath, credentials, "X-Forwarded-Proto", "https")).Secure)
	require.False(t, cookie(t, w.send(http.MethodPost, sessionPath, credentials)).Secure)

	r := httptest.NewRequest(http.MethodDelete, "https://tickets.example"+sessionPath, http.NoBody) // with a TLS state
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	require.True(t, cookie(t, answer).Secure)
}

func TestCookieSignsInAndStaysAtTheGateway(t *testing.T) {
	t.Parallel()
	w := openFor(t, newIssuer(t), config())
	c := cookie(t, w.send(http.MethodPost, sessionPath, credentials))
	answer := w.send(http.MethodGet, "/api/v1/bookings", "", "Cookie", "theme=dark; "+c.Name+"="+c.Value)
	require.Equal(t, "Bearer "+c.Value+"|", answer.Body.String())

	own := w.send(http.MethodGet, "/api/v1/bookings", "", "Cookie", c.Name+"=nonsense", "Authorization", "Bearer "+c.Value)
	require.Equal(t, "Bearer "+c.Value+"|", own.Body.String(), "who says who they are is believed")
	other := w.send(http.MethodGet, "/api/v1/bookings", "", "Cookie", "theme=dark")
	require.Equal(t, "|", other.Body.String())
}

func TestCookieThatNoLongerSignsInIsRefusedAndGoes(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := openFor(t, i, config())
	expired := "myevents_session=" + i.token(time.Now().Add(-time.Hour))
	answer := w.send(http.MethodGet, "/api/v1/bookings", "", "Cookie", expired)
	require.Equal(t, http.StatusUnauthorized, answer.Code)
	require.Contains(t, answer.Body.String(), `"code":"token-expired"`)
	require.Negative(t, cookie(t, answer).MaxAge)

	again := w.send(http.MethodPost, sessionPath, credentials, "Cookie", expired)
	require.Equal(t, http.StatusOK, again.Code, "whoever signs in anew may have an old cookie")
	require.Equal(t, http.StatusOK, w.send(http.MethodGet, "/docs", "", "Cookie", expired).Code)
}

func TestRequestsOfOtherOriginsChangeNothing(t *testing.T) {
	t.Parallel()
	w := openFor(t, newIssuer(t), config())
	c := cookie(t, w.send(http.MethodPost, sessionPath, credentials))
	signedIn := c.Name + "=" + c.Value
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		for _, r := range [][]string{
			{http.MethodPost, "/api/v1/events/e1/bookings"}, {http.MethodDelete, "/api/v1/bookings/b1"},
			{http.MethodPut, sessionPath}, {http.MethodDelete, sessionPath},
		} {
			answer := w.send(r[0], r[1], "", append(slices.Clone(from), "Cookie", signedIn)...)
			require.Equal(t, http.StatusForbidden, answer.Code, "%s %s", from, r)
			require.Contains(t, answer.Body.String(), `"code":"cross-origin"`)
		}
		answer := w.send(http.MethodPost, sessionPath, credentials, from...)
		require.Equal(t, http.StatusForbidden, answer.Code, "nor may anybody be signed in as somebody else")
		require.Empty(t, answer.Result().Cookies())
		require.Equal(t, http.StatusOK, w.send(http.MethodGet, "/api/v1/bookings", "", append(slices.Clone(from), "Cookie", signedIn)...).Code)
		require.Equal(t, http.StatusOK, w.send(http.MethodPost, "/api/v1/events/e1/bookings", "",
			append(slices.Clone(from), "Authorization", "Bearer "+c.Value)...).Code, "a token is no cookie")
	}
	own := w.send(http.MethodPost, "/api/v1/events/e1/bookings", "", "Cookie", signedIn, "Origin", "http://example.com")
	require.Equal(t, http.StatusOK, own.Code, "the page's own, from a browser that does not say more")
}

func TestSessionIsRenewed(t *testing.T) {
	t.Parallel()
	w := openFor(t, newIssuer(t), config())
	before := cookie(t, w.send(http.MethodPost, sessionPath, credentials))
	answer := w.send(http.MethodPut, sessionPath, "", "Cookie", before.Name+"="+before.Value)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
	require.NotEqual(t, before.Value, cookie(t, answer).Value)
	require.Contains(t, answer.Body.String(), `"first_name":"Ada"`)
	require.Equal(t, http.StatusUnauthorized, w.send(http.MethodPut, sessionPath, "").Code)
}

func TestSigningOutEndsTheSessionAndClearsTheCookieInAnyCase(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := openFor(t, i, config())
	c := cookie(t, w.send(http.MethodPost, sessionPath, credentials))
	answer := w.send(http.MethodDelete, sessionPath, "", "Cookie", c.Name+"="+c.Value)
	require.Equal(t, http.StatusNoContent, answer.Code)
	require.Negative(t, cookie(t, answer).MaxAge)
	require.Equal(t, []string{"Bearer " + c.Value}, i.ended)

	i.refuses = fault.Away("store", nil)
	for _, held := range []string{c.Value, i.token(time.Now().Add(-time.Hour)), "nonsense", ""} {
		answer := w.send(http.MethodDelete, sessionPath, "", "Cookie", c.Name+"="+held)
		require.Equal(t, http.StatusNoContent, answer.Code)
		require.Negative(t, cookie(t, answer).MaxAge)
	}
}

func TestRefusedSignInIsToldInTheWordsOfTheIdentityService(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := openFor(t, i, config())
	for _, c := range []struct {
		refuses error
		body    string
		status  int
		says    string
	}{
		{nil, `{"email":"ada@example.org","password":"wrong"}`, http.StatusUnauthorized, `"code":"invalid-credentials"`},
		{nil, `{"email":"ada@example.org"}`, http.StatusBadRequest, `"field":"password"`},
		{fault.InvalidField("email", "must be one"), credentials, http.StatusBadRequest, `"field":"email"`},
		{fault.Away("store", nil), credentials, http.StatusServiceUnavailable, "identity service"},
		{fault.New(fault.Internal, "internal", "secret"), credentials, http.StatusServiceUnavailable, "identity service"},
	} {
		i.refuses = c.refuses
		answer := w.send(http.MethodPost, sessionPath, c.body)
		require.Equal(t, c.status, answer.Code)
		require.Contains(t, answer.Body.String(), c.says)
		require.Empty(t, answer.Result().Cookies())
		require.NotContains(t, answer.Body.String(), "secret")
	}
}
