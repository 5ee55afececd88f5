package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/services/booking"
	"github.com/myevents/myevents/services/booking/httpapi"
)

// orders is a booking service that confirms every order and remembers the last.
type orders struct {
	booking.Store
	booking.Recorder
	last *booking.Order
}

func (o *orders) Place(_ context.Context, order booking.Order) (booking.Booking, bool, error) {
	o.last = &order
	return booking.Booking{
		ID: order.BookingID, EventID: order.EventID, EventName: "Jazz & <Blues>", UserID: order.UserID, Seats: order.Seats,
		Status: contracts.StatusConfirmed, CreatedAt: order.At,
	}, false, nil
}

func (o *orders) api() http.Handler {
	return httpapi.New(&booking.Service{
		Store: o, Recorder: o, NewID: func() string { return "b1" },
		Clock: func() time.Time { return time.Date(2030, 1, 2, 20, 0, 0, 0, time.UTC) },
	}, httpapi.Options{Trace: func(context.Context) string { return "" }}).Handler()
}

// order sends an order, and returns what was answered and what the service heard of.
func order(path, contentType string, body io.Reader) (*httptest.ResponseRecorder, *booking.Order) {
	o := &orders{}
	r := httptest.NewRequest(http.MethodPost, path, body)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Idempotency-Key", "k")
	w := httptest.NewRecorder()
	o.api().ServeHTTP(w, r.WithContext(auth.WithPrincipal(r.Context(), auth.Principal{UserID: "anna"})))
	return w, o.last
}

// requireSameOutcome sends the order as it may be plain and twice as no plain one is: with a charset, and of unknown length.
func requireSameOutcome(t require.TestingT, path, body string) {
	const plainly = "application/json"
	want, wantOrder := order(path, plainly+"; charset=utf-8", strings.NewReader(body))
	for _, reader := range []io.Reader{strings.NewReader(body), io.MultiReader(strings.NewReader(body))} {
		got, gotOrder := order(path, plainly, reader)
		require.Equal(t, want.Body.String(), got.Body.String(), "%s %q", path, body)
		require.Equal(t, want.Code, got.Code, "%s %q", path, body)
		require.Equal(t, want.Header(), got.Header(), "%s %q", path, body)
		require.Equal(t, wantOrder, gotOrder, "%s %q", path, body)
	}
}

func TestPlainOrderMeansWhatItsSchemaSays(t *testing.T) {
	t.Parallel()
	const events, path = "/api/v1/events/", "/api/v1/events/e1/bookings"
	for _, body := range []string{
		`{"seats":2}`, " {\n\t\"seats\" :\r 100 } ", `{"seats":0}`, `{"seats":999999999}`, `{"seats":9999999999}`,
		`{"seats":-1}`, `{"seats":02}`, `{"seats":+2}`, `{"seats":-0}`, `{"seats":2.0}`, `{"seats":2e0}`, `{"seats":}`,
		`{"seats":2`, `{"seats":2}}`, `{"seats":2}{}`, `{"seats":2,}`, `{"seats":2,"x":1}`, `{"seats":1,"seats":2}`,
		`{"Seats":2}`, `{"seats":"2"}`, `{"seats":null}`, `{}`, `[]`, `null`, ``, "{\"seats\":2}\x00",
		`{"seats":2}` + strings.Repeat(" ", 2000), strings.Repeat(" ", 100_000),
	} {
		requireSameOutcome(t, path, body)
	}
	for _, path := range []string{
		path + "?x=1", path + "?", events + "%2F/bookings", events + strings.Repeat("%C3%A4", 100) + "/bookings",
		events + strings.Repeat("x", 100) + "/bookings", events + strings.Repeat("x", 101) + "/bookings",
	} {
		requireSameOutcome(t, path, `{"seats":2}`)
	}
}

func FuzzPlainOrder(f *testing.F) {
	for _, body := range []string{`{"seats":2}`, ` { "seats" : 10 } `, `{"seats":00}`, `{"seats":1}}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) { requireSameOutcome(t, "/api/v1/events/e1/bookings", body) })
}

func TestBookingIsEncodedAsByEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Custom(func(t *rapid.T) time.Time {
			zone := time.FixedZone("", rapid.IntRange(-14*60, 14*60).Draw(t, "zone")*60)
			return time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).In(zone)
		})
		b := httpapi.Booking{
			ID: rapid.String().Draw(t, "id"), EventID: rapid.String().Draw(t, "event"), EventName: rapid.String().Draw(t, "name"),
			StartsAt: at.Draw(t, "starts"), UserID: string(rapid.SliceOf(rapid.Byte()).Draw(t, "user")), Seats: rapid.Int().Draw(t, "seats"),
			Status: "confirmed", Reason: rapid.StringN(0, 3, -1).Draw(t, "reason"),
			Total:     contracts.Money{Amount: rapid.Int64().Draw(t, "amount"), Currency: "EUR"},
			CreatedAt: at.Draw(t, "created"), CancelledAt: rapid.Ptr(at, true).Draw(t, "cancelled"),
		}
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode(b))
		require.Equal(t, want.String(), string(b.AppendJSON(nil))+"\n")
	})
}
