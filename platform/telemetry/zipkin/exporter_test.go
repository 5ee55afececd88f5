package zipkin_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/myevents/myevents/platform/telemetry/zipkin"
)

// server is a Zipkin that answers as it is told to, and then takes everything.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	answers  []func(w http.ResponseWriter) // one a request
	requests []*http.Request
	spans    []model.SpanModel // taken
}

func newServer(t *testing.T, answers ...func(http.ResponseWriter)) *server {
	t.Helper()
	s := &server{answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { http.Error(w, "because", code) }
}

// hangUp answers nothing.
func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(r.Body)
	}
	var spans []model.SpanModel
	if err := json.NewDecoder(body).Decode(&spans); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if len(s.answers) > 0 {
		answer := s.answers[0]
		s.answers = s.answers[1:]
		answer(w)
		return
	}
	s.spans = append(s.spans, spans...)
	w.WriteHeader(http.StatusAccepted)
}

func (s *server) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// newExporter returns an exporter that retries soon, and what it said it dropped.
func newExporter(t *testing.T, o zipkin.Options) (*zipkin.Exporter, *[]*zipkin.DropError) {
	t.Helper()
	var drops []*zipkin.DropError
	o.Backoff, o.Dropped = time.Millisecond, func(d *zipkin.DropError) { drops = append(drops, d) }
	e, err := zipkin.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.Background())) })
	return e, &drops
}

func TestServerThatIsDownAndThenUpGetsEverything(t *testing.T) {
	t.Parallel()
	s := newServer(t, hangUp, status(http.StatusServiceUnavailable), status(http.StatusTooManyRequests))
	e, drops := newExporter(t, zipkin.Options{URL: s.URL})
	require.NoError(t, e.ExportSpans(t.Context(), serverSpans(3)))
	require.Len(t, s.spans, 3)
	require.Equal(t, 4, s.asked())
	require.Empty(t, *drops)
}

func TestDropsSayHowManyAndWhy(t *testing.T) {
	t.Parallel()
	down := status(http.StatusInternalServerError)
	for name, c := range map[string]struct {
		answers []func(http.ResponseWriter)
		reason  zipkin.Reason
		asked   int
		says    string
	}{
		"refused for good":      {[]func(http.ResponseWriter){status(http.StatusBadRequest)}, zipkin.Refused, 1, `status 400: "because"`},
		"not even a Zipkin":     {[]func(http.ResponseWriter){status(http.StatusNotFound)}, zipkin.Refused, 1, "404"},
		"down, again and again": {[]func(http.ResponseWriter){down, down, hangUp}, zipkin.Unreachable, 3, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, c.answers...)
			e, drops := newExporter(t, zipkin.Options{URL: s.URL, Attempts: 3})
			err := e.ExportSpans(t.Context(), serverSpans(5))
			var drop *zipkin.DropError
			require.ErrorAs(t, err, &drop)
			require.Equal(t, c.reason, drop.Reason)
			require.Equal(t, 5, drop.Spans)
			require.ErrorContains(t, err, c.says)
			require.Equal(t, []*zipkin.DropError{drop}, *drops)
			require.Equal(t, c.asked, s.asked())
			require.NoError(t, e.ExportSpans(t.Context(), serverSpans(1)), "the next batch starts anew")
		})
	}
}

func TestSpanThatZipkinWouldRefuseCostsOnlyItself(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	e, drops := newExporter(t, zipkin.Options{URL: s.URL})
	spans := serverSpans(3)
	backwards := tracetest.SpanStubFromReadOnlySpan(spans[1])
	backwards.EndTime = backwards.StartTime.Add(-time.Second)
	spans[1] = backwards.Snapshot()

	err := e.ExportSpans(t.Context(), spans)

	require.ErrorIs(t, err, model.ErrValidDurationRequired)
	require.Equal(t, zipkin.Invalid, (*drops)[0].Reason)
	require.Equal(t, 1, (*drops)[0].Spans)
	require.Len(t, s.spans, 2)
	require.Error(t, e.ExportSpans(t.Context(), spans[1:2]))
	require.Equal(t, 1, s.asked(), "nothing is sent where nothing is left")
}

func TestRequestIsAsConfigured(t *testing.T) {
	t.Parallel()
	for name, zip := range map[string]bool{"plain": false, "gzip": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, status(http.StatusBadGateway))
			e, _ := newExporter(t, zipkin.Options{
				URL: s.URL + "/api/v2/spans", Gzip: zip, Headers: map[string]string{"authorization": "Bearer x", "host": "zipkin.example"},
			})
			for range 3 { // with the buffers of the one before
				require.NoError(t, e.ExportSpans(t.Context(), serverSpans(100)))
			}
			require.Len(t, s.spans, 300)
			for _, r := range s.requests {
				require.Equal(t, "/api/v2/spans", r.URL.Path)
				require.Equal(t, "application/json", r.Header.Get("Content-Type"))
				require.Equal(t, "Bearer x", r.Header.Get("Authorization"))
				require.Equal(t, "zipkin.example", r.Host)
				require.Positive(t, r.ContentLength)
			}
		})
	}
}

func TestRetryAfterIsHonouredWithinReason(t *testing.T) {
	t.Parallel()
	later := func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "3600")
		status(http.StatusServiceUnavailable)(w)
	}
	s := newServer(t, later)
	e, _ := newExporter(t, zipkin.Options{URL: s.URL, MaxBackoff: 30 * time.Millisecond})
	began := time.Now()
	require.NoError(t, e.ExportSpans(t.Context(), serverSpans(1)))
	require.GreaterOrEqual(t, time.Since(began), 30*time.Millisecond)

	s.answers = append(s.answers, later)
	e, drops := newExporter(t, zipkin.Options{URL: s.URL, MaxBackoff: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.ErrorIs(t, e.ExportSpans(ctx, serverSpans(1)), context.DeadlineExceeded, "at once: the deadline comes before")
	require.Equal(t, zipkin.Unreachable, (*drops)[0].Reason)
}

// silent is a server that takes requests and never answers.
func silent(t *testing.T) (url string, asked chan struct{}) {
	t.Helper()
	asked = make(chan struct{}, 10)
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		asked <- struct{}{}
		<-release
	}))
	t.Cleanup(func() { close(release); s.Close() })
	return s.URL, asked
}

func TestSilentServer(t *testing.T) {
	t.Parallel()
	url, _ := silent(t)
	t.Run("costs the timeout of each attempt", func(t *testing.T) {
		t.Parallel()
		e, drops := newExporter(t, zipkin.Options{URL: url, Attempts: 2, Timeout: 10 * time.Millisecond})
		require.ErrorIs(t, e.ExportSpans(t.Context(), serverSpans(1)), context.DeadlineExceeded)
		require.Equal(t, zipkin.Unreachable, (*drops)[0].Reason)
	})
	t.Run("does not outlive the context", func(t *testing.T) {
		t.Parallel()
		e, _ := newExporter(t, zipkin.Options{URL: url})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, e.ExportSpans(ctx, serverSpans(1)), context.DeadlineExceeded)
	})
}

func TestShutdownHonoursItsDeadline(t *testing.T) {
	t.Parallel()
	url, asked := silent(t)
	e, drops := newExporter(t, zipkin.Options{URL: url})
	exported := make(chan error, 1)
	go func() { exported <- e.ExportSpans(context.Background(), serverSpans(2)) }()
	<-asked

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, e.Shutdown(ctx), context.DeadlineExceeded)
	require.ErrorIs(t, <-exported, context.Canceled, "what was under way is cut off")
	require.Equal(t, 2, (*drops)[0].Spans)
}

func TestShutdownWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	reached, release := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(w http.ResponseWriter) {
		close(reached)
		<-release
		w.WriteHeader(http.StatusAccepted)
	})
	e, drops := newExporter(t, zipkin.Options{URL: s.URL})
	exported, ended := make(chan error, 1), make(chan error, 1)
	go func() { exported <- e.ExportSpans(context.Background(), serverSpans(2)) }()
	<-reached
	go func() { ended <- e.Shutdown(context.Background()) }()
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_ = e.ExportSpans(ctx, serverSpans(1))
		return (*drops)[len(*drops)-1].Reason == zipkin.ShutDown
	}, 5*time.Second, time.Millisecond, "spans that come later are dropped")
	require.Empty(t, ended)
	close(release)
	require.NoError(t, <-ended)
	require.NoError(t, <-exported)
}

func TestURLMustBeAbsolute(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"localhost:9411", "/api/v2/spans", "ftp://zipkin", "http://", "http://user:pa55 word@zipkin:x"} {
		_, err := zipkin.New(zipkin.Options{URL: url})
		require.ErrorContains(t, err, "must be absolute", url)
		require.NotContains(t, err.Error(), "pa55")
	}
}

// TestBodyStillReadIsNotOverwritten has a transport that goes on reading after it answered, as transports may.
func TestBodyStillReadIsNotOverwritten(t *testing.T) {
	t.Parallel()
	late := &lateReader{}
	e, _ := newExporter(t, zipkin.Options{URL: "http://zipkin", Client: &http.Client{Transport: late}})
	for range 20 {
		require.NoError(t, e.ExportSpans(t.Context(), serverSpans(50)))
	}
	late.reads.Wait()
	require.NoError(t, errors.Join(late.errs...))
}

type lateReader struct {
	reads sync.WaitGroup
	mu    sync.Mutex
	errs  []error
}

func (l *lateReader) RoundTrip(r *http.Request) (*http.Response, error) {
	l.reads.Go(func() {
		var spans []model.SpanModel
		err := errors.Join(json.NewDecoder(r.Body).Decode(&spans), r.Body.Close(), r.Body.Close())
		if _, closed := r.Body.Read(make([]byte, 1)); closed == nil {
			err = errors.New("a closed body can be read")
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.errs = append(l.errs, err)
	})
	return &http.Response{StatusCode: http.StatusAccepted, Body: http.NoBody}, nil
}
