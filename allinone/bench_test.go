package allinone

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/ids"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/booking"
	"github.com/myevents/myevents/services/booking/httpapi"
)

// BenchmarkRequest measures what a request costs from the gateway's front to the service's handler and back: both hops
// with all of their middleware, without sockets and, for bookings, without a store.
func BenchmarkRequest(b *testing.B) {
	for _, mode := range []struct {
		name       string
		processors []sdktrace.SpanProcessor
	}{
		{"untraced", nil},
		{"traced", []sdktrace.SpanProcessor{dropped{}}},
	} {
		b.Run(mode.name, func(b *testing.B) {
			front, token := startStoreless(b, mode.processors)
			etag := httptest.NewRecorder()
			front.ServeHTTP(etag, request(http.MethodGet, "/api/v1/events?limit=100", nil))
			require.Equal(b, http.StatusOK, etag.Code)
			for _, c := range []struct {
				name, method, path, body string
				header                   http.Header
				want                     int
			}{
				{"book", http.MethodPost, "/api/v1/events/e1/bookings", `{"seats":1}`, http.Header{
					"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}, "Idempotency-Key": {"k1"},
				}, http.StatusCreated},
				{"list", http.MethodGet, "/api/v1/events?limit=100", "", http.Header{}, http.StatusOK},
				{"unmodified", http.MethodGet, "/api/v1/events?limit=100", "", http.Header{
					"If-None-Match": {etag.Header().Get("ETag")},
				}, http.StatusNotModified},
			} {
				b.Run(c.name, func(b *testing.B) {
					drive(b, front, request(c.method, c.path, c.header), c.body, c.want)
				})
			}
		})
	}
}

// request returns a request as net/http's server would hand it over.
func request(method, path string, header http.Header) *http.Request {
	r := httptest.NewRequest(method, path, http.NoBody)
	if header != nil {
		r.Header = header
	}
	return r
}

// drive sends the same request again and again, each time with a header and a body of its own, as a connection would.
func drive(b *testing.B, front http.Handler, r *http.Request, body string, want int) {
	reader := strings.NewReader(body)
	header, w := r.Header, &discardAnswer{header: http.Header{}}
	r.ContentLength = int64(len(body))
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		reader.Reset(body)
		copied := *r
		copied.Header, copied.Body = header.Clone(), io.NopCloser(reader)
		clear(w.header)
		w.status = http.StatusOK // where nobody says another
		front.ServeHTTP(w, &copied)
		if w.status != want {
			b.Fatalf("answered %d, want %d", w.status, want)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// processorTime is what this process has used of the processors, garbage collection included.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// startStoreless starts the platform with a booking service that confirms everything and stores nothing. It returns the
// gateway's front and a customer's token.
func startStoreless(b *testing.B, processors []sdktrace.SpanProcessor) (front http.Handler, token string) {
	var c Config
	require.NoError(b, config.Parse("bench", "", &c, []string{
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--password-cost", "4", "--rate-limit", "0", "--demo",
		"--otel-traces-exporter", "none",
	}, func(string) string { return "" }, io.Discard))
	app, err := New(c, Options{Logs: io.Discard, SpanProcessors: processors})
	require.NoError(b, err)
	app.services["booking"] = app.host.Hosted("storeless", newStoreless)
	require.NoError(b, app.Start(b.Context()))
	b.Cleanup(func() { require.NoError(b, app.Stop(context.WithoutCancel(b.Context()))) })
	require.NoError(b, app.services["booking"].Start(b.Context()))
	b.Cleanup(func() { require.NoError(b, app.services["booking"].Stop(context.WithoutCancel(b.Context()))) })

	answer := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/sessions",
		strings.NewReader(`{"email":"`+DemoCustomer+`","password":"`+DemoPassword+`"}`))
	r.Header.Set("Content-Type", "application/json")
	app.services["gateway"].ServeHTTP(answer, r)
	var session struct{ Token string }
	require.NoError(b, json.Unmarshal(answer.Body.Bytes(), &session))
	return app.services["gateway"], session.Token
}

// storeless is a booking service that only speaks HTTP.
type storeless struct {
	lifecycle.Part
	handler http.Handler
}

func newStoreless(_ context.Context, env *process.Env) (process.Service, error) {
	api := httpapi.New(&booking.Service{
		Store: noStore{telemetry: env.Telemetry}, Recorder: audited{telemetry: env.Telemetry}, Clock: env.Clock, NewID: ids.New,
	}, httpapi.Options{Trace: telemetry.Traceparent, Audit: env.Telemetry.Audit, Failed: env.Telemetry.Failed})
	return storeless{lifecycle.Funcs(nil, nil), api.Handler()}, api.Err()
}

func (s storeless) Handler() http.Handler { return s.handler }

// noStore confirms every order.
type noStore struct {
	booking.Store
	telemetry *telemetry.Telemetry
}

func (s noStore) Place(ctx context.Context, o booking.Order) (booking.Booking, bool, error) {
	_, end := s.telemetry.StartDB(ctx, "none", "place", "bookings")
	defer end(nil)
	return booking.Booking{
		ID: o.BookingID, Version: 1, EventID: o.EventID, EventName: "Jazz night", StartsAt: o.At.Add(24 * time.Hour), UserID: o.UserID,
		Seats: o.Seats, Status: contracts.StatusConfirmed, Total: contracts.Money{Amount: 4500, Currency: "EUR"}, CreatedAt: o.At,
	}, true, nil
}

// audited writes the audit line of a booking, as the booking service does.
type audited struct {
	booking.Recorder
	telemetry *telemetry.Telemetry
}

func (a audited) Placed(ctx context.Context, b booking.Booking) {
	a.telemetry.Audit(ctx, audit.Entry{
		Action: "booking.create", User: b.UserID, Object: audit.Object{Type: "booking", ID: b.ID},
		Details: []audit.Detail{{Name: "booking.event_id", Text: b.EventID}, {Name: "booking.seats", Number: b.Seats}},
	})
}

// discardAnswer takes an answer without keeping it.
type discardAnswer struct {
	header http.Header
	status int
}

func (d *discardAnswer) Header() http.Header         { return d.header }
func (d *discardAnswer) WriteHeader(status int)      { d.status = status }
func (d *discardAnswer) Write(p []byte) (int, error) { return len(p), nil }

// dropped is where sampled spans end.
type dropped struct{}

func (dropped) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (dropped) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (dropped) Shutdown(context.Context) error                  { return nil }
func (dropped) ForceFlush(context.Context) error                { return nil }
