package door_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/gateway/door"
)

const client = "198.51.100.7:1234"

// options let everything through that is not under test.
func options() door.Options {
	return door.Options{MaxBody: 64 << 10, Clock: time.Now}
}

func open(t *testing.T, o door.Options, behind http.HandlerFunc) http.Handler {
	t.Helper()
	if behind == nil {
		behind = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
	}
	d, err := door.New(o, behind)
	require.NoError(t, err)
	return d
}

func send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(from string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/events", nil)
	r.RemoteAddr = from
	return r
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	h := open(t, options(), nil)

	w := send(h, get(client))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "DENY", w.Header().Get("X-Frame-Options"))
	require.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
	require.Empty(t, w.Header().Get("Strict-Transport-Security"), "over plain HTTP browsers ignore it")

	secure := get(client)
	secure.TLS = &tls.ConnectionState{}
	require.NotEmpty(t, send(h, secure).Header().Get("Strict-Transport-Security"))
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	const shop = "https://shop.example"
	for _, c := range []struct {
		name      string
		method    string
		origin    string
		asks      string // Access-Control-Request-Method
		status    int
		allowed   string
		reachesIt bool
	}{
		{"a page of an allowed origin may call", http.MethodGet, shop, "", http.StatusOK, shop, true},
		{"its preflight is answered here", http.MethodOptions, shop, http.MethodPost, http.StatusNoContent, shop, false},
		{"another origin gets no permission to read the answer", http.MethodGet, "https://evil.example", "", http.StatusOK, "", true},
		{"its preflight is refused", http.MethodOptions, "https://evil.example", http.MethodPost, http.StatusForbidden, "", false},
		{"one that begins like an allowed one", http.MethodOptions, shop + ".evil.example", http.MethodPut, http.StatusForbidden, "", false},
		{"without an origin nothing changes", http.MethodGet, "", "", http.StatusOK, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := options()
			o.CORSOrigins = []string{shop, "http://localhost:5173"}
			reached := false
			h := open(t, o, func(http.ResponseWriter, *http.Request) { reached = true })
			r := get(client)
			r.Method = c.method
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.asks != "" {
				r.Header.Set("Access-Control-Request-Method", c.asks)
			}
			w := send(h, r)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.allowed, w.Header().Get("Access-Control-Allow-Origin"))
			require.Equal(t, "Origin", w.Header().Get("Vary"))
			require.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"))
			require.Equal(t, c.reachesIt, reached)
			if c.status == http.StatusNoContent {
				require.Contains(t, w.Header().Get("Access-Control-Allow-Headers"), "Idempotency-Key")
				require.Contains(t, w.Header().Get("Access-Control-Allow-Methods"), http.MethodDelete)
			}
		})
	}
}

func TestRateLimitRefusesWhoSendsTooMuch(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	o := options()
	o.RateLimit, o.RateBurst, o.Clock = 2, 3, func() time.Time { return now }
	h := open(t, o, nil)
	for range 3 {
		require.Equal(t, http.StatusOK, send(h, get(client)).Code)
	}
	refused := send(h, get(client))
	require.Equal(t, http.StatusTooManyRequests, refused.Code)
	require.Equal(t, "1", refused.Header().Get("Retry-After"))
	require.Contains(t, refused.Body.String(), `"code":"too-many-requests"`)

	require.Equal(t, http.StatusOK, send(h, get("198.51.100.8:1")).Code, "another client is not affected")

	now = now.Add(500 * time.Millisecond) // one token at 2 a second
	require.Equal(t, http.StatusOK, send(h, get(client)).Code)
	require.Equal(t, http.StatusTooManyRequests, send(h, get(client)).Code)

	now = now.Add(time.Hour)
	for range 3 {
		require.Equal(t, http.StatusOK, send(h, get(client)).Code, "a pause fills the bucket, not more")
	}
	require.Equal(t, http.StatusTooManyRequests, send(h, get(client)).Code)
}

func TestRateLimitKnowsClients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		first, second func() *http.Request
		same          bool
	}{
		{"by address, not by port", from("198.51.100.7:1"), from("198.51.100.7:2"), true},
		{"addresses apart", from("198.51.100.7:1"), from("198.51.100.8:1"), false},
		{"an IPv6 subscriber by network", from("[2001:db8::1]:1"), from("[2001:db8::2]:1"), true},
		{"IPv6 networks apart", from("[2001:db8::1]:1"), from("[2001:db8:0:1::1]:1"), false},
		{"an IPv4 address in IPv6 form as itself", from("[::ffff:198.51.100.7]:1"), from("198.51.100.7:1"), true},
		{"a claim by anybody is not believed", from(client, "192.0.2.1"), from(client, "192.0.2.2"), true},
		{"a claim by a trusted proxy is", from("10.0.0.1:1", "192.0.2.1"), from("10.0.0.1:1", "192.0.2.2"), false},
		{"what a client tells a trusted proxy is not", from("10.0.0.1:1", "1.1.1.1, 192.0.2.1"), from("10.0.0.1:1", "2.2.2.2, 192.0.2.1"), true},
		{"through two trusted proxies", from("10.0.0.1:1", "192.0.2.1, 10.0.0.2"), from("10.0.0.3:1", "192.0.2.1"), true},
		{"nonsense from a trusted proxy counts as the proxy's", from("10.0.0.1:1", "unknown"), from("10.0.0.1:1", "?"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := options()
			o.RateLimit, o.RateBurst, o.TrustedProxies = 0.001, 1, []string{"10.0.0.0/8"}
			h := open(t, o, nil)
			require.Equal(t, http.StatusOK, send(h, c.first()).Code)
			want := http.StatusOK
			if c.same {
				want = http.StatusTooManyRequests
			}
			require.Equal(t, want, send(h, c.second()).Code)
		})
	}
}

func from(remote string, forwarded ...string) func() *http.Request {
	return func() *http.Request {
		r := get(remote)
		if len(forwarded) > 0 {
			r.Header["X-Forwarded-For"] = forwarded
		}
		return r
	}
}

func TestServicesSeeATrueForwardedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, remote string
		claimed      []string
		want         string
	}{
		{"a client's own claim is dropped", client, []string{"127.0.0.1"}, "198.51.100.7"},
		{"a trusted proxy's is continued", "10.0.0.1:1", []string{"192.0.2.1"}, "192.0.2.1, 10.0.0.1"},
		{"in several headers too", "10.0.0.1:1", []string{"192.0.2.1", "10.0.0.2"}, "192.0.2.1,10.0.0.2, 10.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := options()
			o.TrustedProxies = []string{"10.0.0.0/8"}
			var seen http.Header
			h := open(t, o, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
			r := from(c.remote, c.claimed...)()
			r.Header.Set("X-Real-Ip", "127.0.0.1")
			r.Header.Set("Forwarded", "for=127.0.0.1")
			send(h, r)
			require.Equal(t, []string{c.want}, seen["X-Forwarded-For"])
			require.Empty(t, seen.Get("X-Real-Ip"))
			require.Empty(t, seen.Get("Forwarded"))
		})
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	o := options()
	o.MaxBody = 10
	read := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusTeapot)
		}
	}
	for _, c := range []struct {
		name   string
		body   io.Reader
		status int
	}{
		{"as much as allowed", strings.NewReader("0123456789"), http.StatusOK},
		{"a byte too many, announced", strings.NewReader("0123456789a"), http.StatusRequestEntityTooLarge},
		{"a byte too many, not announced", io.MultiReader(strings.NewReader("0123456789a")), http.StatusTeapot},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", c.body)
			require.Equal(t, c.status, send(open(t, o, read), r).Code)
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*door.Options)
		want   string
	}{
		{"an origin with a path", func(o *door.Options) { o.CORSOrigins = []string{"https://shop.example/"} }, "CORS origin"},
		{"any origin", func(o *door.Options) { o.CORSOrigins = []string{"*"} }, "CORS origin"},
		{"a proxy by name", func(o *door.Options) { o.TrustedProxies = []string{"proxy"} }, "trusted proxy"},
		{"a limit without a burst", func(o *door.Options) { o.RateLimit = 1 }, "rate limit"},
		{"a negative limit", func(o *door.Options) { o.RateLimit = -1 }, "rate limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := options()
			c.change(&o)
			_, err := door.New(o, http.NotFoundHandler())
			require.ErrorContains(t, err, c.want)
		})
	}
}
