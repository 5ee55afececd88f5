package httpserver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/httpserver"
)

func inMemory(h http.HandlerFunc) *http.Client {
	return &http.Client{Transport: httpserver.InMemory(h), CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

func TestInMemoryLooksLikeAServerToTheHandler(t *testing.T) {
	t.Parallel()
	client := inMemory(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		w.Header().Set("X-Seen", fmt.Sprintln(r.Method, r.Host, r.URL.Path, r.RequestURI, r.Proto, r.Header.Get("X-Given"), string(body)))
		r.URL.Path = "/changed"
	})
	request, err := http.NewRequest(http.MethodPost, "http://event/a%20b?c=d", strings.NewReader("hello"))
	require.NoError(t, err)
	request.Header.Set("X-Given", "given")

	answer, err := client.Do(request)

	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, "POST event /a b /a%20b?c=d HTTP/1.1 given hello\n", answer.Header.Get("X-Seen"))
	require.Equal(t, "/a b", request.URL.Path, "the caller's request is untouched")
	require.Same(t, request, answer.Request)
}

func TestInMemoryAnswersLikeAServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method  string
		handler http.HandlerFunc
		status  int
		body    string
		length  int64
		headers map[string]string
	}{
		"nothing written": {handler: func(http.ResponseWriter, *http.Request) {}, status: 200, headers: map[string]string{"Content-Length": "0"}},
		"body only": {
			handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") },
			status:  200, body: "hello", length: 5,
			headers: map[string]string{"Content-Length": "5", "Content-Type": "text/plain; charset=utf-8"},
		},
		"status and several writes": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "a/b")
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusCreated)
				w.WriteHeader(http.StatusConflict)
				_, _ = io.WriteString(w, "hel")
				_, _ = io.WriteString(w, "lo")
			},
			status: 201, body: "hello", length: 5, headers: map[string]string{"Content-Type": "a/b"},
		},
		"HEAD": {
			method:  http.MethodHead,
			handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") },
			status:  200, length: 5, headers: map[string]string{"Content-Length": "5"},
		},
		"no content": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusNoContent)
				_, err := io.WriteString(w, "hello")
				assert.ErrorIs(t, err, http.ErrBodyNotAllowed)
			},
			status: 204, headers: map[string]string{"Content-Length": ""},
		},
		"not modified": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
			status:  304, headers: map[string]string{"Content-Length": ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequest(c.method, "http://event/", nil)
			require.NoError(t, err)
			answer, err := inMemory(c.handler).Do(request)
			require.NoError(t, err)
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.Equal(t, c.status, answer.StatusCode)
			require.Equal(t, c.body, string(body))
			require.Equal(t, c.length, answer.ContentLength)
			for name, value := range c.headers {
				require.Equal(t, value, answer.Header.Get(name), name)
			}
		})
	}
}

// firstWrite remembers where the bytes of its first Write are.
type firstWrite struct {
	at    *byte
	calls int
}

func (f *firstWrite) Write(p []byte) (int, error) {
	f.at = unsafe.SliceData(p)
	f.calls++
	return len(p), nil
}

func TestSharedBodyIsHandedOverWithoutACopy(t *testing.T) {
	t.Parallel()
	whole := bytes.Repeat([]byte("x"), 100_001)
	page := whole[:100_000] // with room behind it that is not the transport's to use
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		shared  bool
		length  int
	}{
		"shared": {func(w http.ResponseWriter, _ *http.Request) { _, _ = httpserver.WriteShared(w, page) }, true, len(page)},
		"behind Recover": {
			httpserver.Recover(nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = httpserver.WriteShared(w, page)
			})).ServeHTTP, true, len(page),
		},
		"plain write": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) }, false, len(page)},
		"shared, then more": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = httpserver.WriteShared(w, page)
			_, _ = w.Write([]byte("!"))
		}, false, len(page) + 1},
		"something, then shared": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("!"))
			_, _ = httpserver.WriteShared(w, page)
		}, false, len(page) + 1},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := inMemory(c.handler).Get("http://event/")
			require.NoError(t, err)
			defer answer.Body.Close()
			var out firstWrite
			n, err := answer.Body.(io.WriterTo).WriteTo(&out)
			require.NoError(t, err)
			require.EqualValues(t, c.length, n)
			require.Equal(t, 1, out.calls)
			require.Equal(t, c.shared, out.at == unsafe.SliceData(page))
		})
	}
	require.Equal(t, bytes.Repeat([]byte("x"), 100_001), whole, "nobody may write to what was shared")
}

func TestInMemoryAbortedAnswerIsAnError(t *testing.T) {
	t.Parallel()
	_, err := inMemory(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	}).Get("http://event/a")
	require.ErrorIs(t, err, http.ErrAbortHandler)
}

func TestInMemoryPassesOtherPanicsOn(t *testing.T) {
	t.Parallel()
	client := inMemory(func(http.ResponseWriter, *http.Request) { panic("oh") })
	require.PanicsWithValue(t, "oh", func() { _, _ = client.Get("http://event/") })
}

func TestInMemoryHonoursTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	called := 0
	client := inMemory(func(_ http.ResponseWriter, r *http.Request) {
		called++
		cancel()
		<-r.Context().Done()
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://event/", nil)
	require.NoError(t, err)

	_, err = client.Do(request)
	require.ErrorIs(t, err, context.Canceled, "ended during the call")
	_, err = client.Do(request)
	require.ErrorIs(t, err, context.Canceled, "ended before the call")
	require.Equal(t, 1, called)
}

func TestInMemoryHonoursTheTimeoutOfTheClient(t *testing.T) {
	t.Parallel()
	client := inMemory(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	client.Timeout = 10 * time.Millisecond
	_, err := client.Get("http://event/")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return nil
}

func TestInMemoryClosesTheBodyOfTheRequest(t *testing.T) {
	t.Parallel()
	for _, h := range []http.HandlerFunc{
		func(http.ResponseWriter, *http.Request) {},
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		body := &closer{Reader: strings.NewReader("x")}
		request, err := http.NewRequest(http.MethodPost, "http://event/", body)
		require.NoError(t, err)
		answer, err := httpserver.InMemory(h).RoundTrip(request)
		if err == nil {
			require.NoError(t, answer.Body.Close())
		}
		require.True(t, body.closed)
	}
}

func TestInMemoryServesManyAtOnce(t *testing.T) {
	t.Parallel()
	page := []byte("shared")
	client := inMemory(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/shared" {
			_, _ = httpserver.WriteShared(w, page)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})
	var callers sync.WaitGroup
	for i := range 16 {
		callers.Go(func() {
			for j := range 50 {
				text := fmt.Sprint(i, " ", j)
				requireBody(t, client, "/echo", text, text)
				requireBody(t, client, "/shared", "", "shared")
			}
		})
	}
	callers.Wait()
}

func requireBody(t *testing.T, client *http.Client, path, send, want string) {
	answer, err := client.Post("http://event"+path, "text/plain", strings.NewReader(send))
	if err != nil {
		t.Error(err)
		return
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || string(got) != want {
		t.Errorf("%s: %q, %v; want %q", path, got, err, want)
	}
}

func BenchmarkInMemory(b *testing.B) {
	page := bytes.Repeat([]byte("x"), 30_000)
	asJSON := []string{"application/json"}
	for name, h := range map[string]http.HandlerFunc{
		"small": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = asJSON
			_, _ = w.Write(page[:200])
		},
		"shared": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = asJSON
			_, _ = httpserver.WriteShared(w, page)
		},
	} {
		b.Run(name, func(b *testing.B) {
			transport := httpserver.InMemory(h)
			request, err := http.NewRequest(http.MethodGet, "http://event/api/v1/events?limit=100", nil)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				answer, err := transport.RoundTrip(request)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
}

func TestInMemoryCarriesTheEndOfTheContextButNoValues(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx, end := context.WithCancel(context.WithValue(t.Context(), key{}, "secret"))
	arrived := make(chan any, 1)
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		derived, cancel := context.WithCancel(r.Context())
		defer cancel()
		arrived <- r.Context().Value(key{})
		<-derived.Done()
	})
	failed := make(chan error, 1)
	go func() {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://event/", http.NoBody)
		if err == nil {
			_, err = httpserver.InMemory(h).RoundTrip(request)
		}
		failed <- err
	}()
	require.Nil(t, <-arrived)
	end()
	require.ErrorIs(t, <-failed, context.Canceled)
}
