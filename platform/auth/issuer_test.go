package auth_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
)

// issuer is a token issuer behind a real HTTP server, with a clock that stands still.
type issuer struct {
	url     string
	fetches atomic.Int64
	away    atomic.Bool

	mu          sync.Mutex
	clock       time.Time
	private     map[string]ed25519.PrivateKey
	hidden      map[string]bool
	revocations []auth.Revocation
}

func newIssuer(tb testing.TB) *issuer {
	is := &issuer{
		clock:   time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
		private: map[string]ed25519.PrivateKey{}, hidden: map[string]bool{},
	}
	is.addKey(tb, "k1")
	mux := http.NewServeMux()
	mux.HandleFunc(auth.KeysPath, func(w http.ResponseWriter, _ *http.Request) {
		is.fetches.Add(1)
		is.answer(w, is.keys)
	})
	mux.HandleFunc(auth.RevocationsPath, func(w http.ResponseWriter, _ *http.Request) {
		is.answer(w, func() ([]byte, error) { return auth.EncodeRevocations(is.revocations) })
	})
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	is.url = server.URL
	return is
}

func (is *issuer) answer(w http.ResponseWriter, document func() ([]byte, error)) {
	is.mu.Lock()
	defer is.mu.Unlock()
	body, err := document()
	if err != nil || is.away.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write(body)
}

func (is *issuer) keys() ([]byte, error) {
	var keys []auth.Key
	for id, key := range is.private {
		if !is.hidden[id] {
			keys = append(keys, auth.Key{ID: id, Public: key.Public().(ed25519.PublicKey)})
		}
	}
	return auth.EncodeKeys(keys)
}

func (is *issuer) options() auth.Options {
	return auth.Options{
		Source: auth.HTTPSource{URL: is.url, Client: http.DefaultClient}, Clock: is.now, Refresh: 5 * time.Millisecond,
	}
}

func (is *issuer) verifier(tb testing.TB) *auth.Verifier {
	v := auth.NewVerifier(is.options())
	require.NoError(tb, v.Start(context.Background()))
	tb.Cleanup(func() { require.NoError(tb, v.Stop(context.Background())) })
	return v
}

func (is *issuer) now() time.Time {
	is.mu.Lock()
	defer is.mu.Unlock()
	return is.clock
}

func (is *issuer) advance(d time.Duration) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.clock = is.clock.Add(d)
}

func (is *issuer) addKey(tb testing.TB, id string) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(tb, err)
	is.mu.Lock()
	defer is.mu.Unlock()
	is.private[id] = key
}

func (is *issuer) hide(tb testing.TB, id string) {
	is.addKey(tb, id)
	is.mu.Lock()
	defer is.mu.Unlock()
	is.hidden[id] = true
}

func (is *issuer) publish(id string) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.hidden[id] = false
}

func (is *issuer) dropKey(id string) {
	is.mu.Lock()
	defer is.mu.Unlock()
	delete(is.private, id)
}

func (is *issuer) revoke(session string, until time.Time) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.revocations = append(is.revocations, auth.Revocation{SessionID: session, Until: until})
}

func (is *issuer) key(id string) ed25519.PrivateKey {
	is.mu.Lock()
	defer is.mu.Unlock()
	if key, ok := is.private[id]; ok {
		return key
	}
	return is.private["k1"]
}

func (is *issuer) public(id string) []byte { return is.key(id).Public().(ed25519.PublicKey) }

func (is *issuer) token(tb testing.TB, key string, p auth.Principal) string {
	return is.tokenAt(tb, key, p, is.now())
}

func (is *issuer) tokenAt(tb testing.TB, key string, p auth.Principal, at time.Time) string {
	token, err := auth.Sign(key, is.key(key), auth.Grant{ID: "t1", Principal: p, IssuedAt: at})
	require.NoError(tb, err)
	return token
}

func (is *issuer) sign(tb testing.TB, claims jwt.MapClaims) string {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["kid"] = "k1"
	signed, err := token.SignedString(is.key("k1"))
	require.NoError(tb, err)
	return signed
}

func unsigned(tb testing.TB, claims jwt.MapClaims) string {
	token := jwt.NewWithClaims(jwt.SigningMethodNone, claims)
	token.Header["kid"] = "k1"
	signed, err := token.SignedString(jwt.UnsafeAllowNoneSignatureType)
	require.NoError(tb, err)
	return signed
}

func hmacSigned(tb testing.TB, key []byte, claims jwt.MapClaims) string {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["kid"] = "k1"
	signed, err := token.SignedString(key)
	require.NoError(tb, err)
	return signed
}
