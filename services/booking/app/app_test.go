package app_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/services/booking/app"
)

func TestBookingIsShownWithAllItsFields(t *testing.T) {
	t.Parallel()
	w := start(t)
	e := jazz("e1", 10)
	w.offer(e)
	b := w.book("anna", "k1", "e1", "2")
	require.Equal(t, http.StatusCreated, b.status, b.body)
	require.Equal(t, []string{
		"created_at", "event_id", "event_name", "id", "seats", "starts_at", "status", "total", "user_id",
	}, slices.Sorted(maps.Keys(b.json)))
	require.Equal(t, map[string]any{"amount": 9000.0, "currency": "EUR"}, b.json["total"])
	require.Equal(t, "confirmed", b.json["status"])
	require.Equal(t, e.StartsAt.Format(time.RFC3339), b.json["starts_at"])

	path := "/api/v1/bookings/" + b.json["id"].(string)
	require.Equal(t, b.json, w.call("anna", http.MethodGet, path, "").json)
	require.Equal(t, "Not Found booking-not-found", w.call("bert", http.MethodGet, path, "").problem())
	require.Equal(t, "Not Found booking-not-found", w.call("bert", http.MethodDelete, path, "").problem())

	cancelled := w.call("anna", http.MethodDelete, path, "")
	require.Equal(t, http.StatusOK, cancelled.status)
	require.Equal(t, "cancelled", cancelled.json["status"])
	require.NotEmpty(t, cancelled.json["cancelled_at"])
	require.Equal(t, cancelled, w.call("anna", http.MethodDelete, path, ""), "cancelling again is the same")
	require.Equal(t, b, w.book("anna", "k1", "e1", "2"), "and so is booking again")
}

func TestRefusalsSayWhy(t *testing.T) {
	t.Parallel()
	w := start(t)
	past, cancelled := jazz("past", 10), jazz("cancelled", 10)
	past.StartsAt = time.Now().Add(-time.Hour)
	cancelled.Status = contracts.EventIsCancelled
	for _, e := range []contracts.Event{jazz("e1", 3), past, cancelled} {
		w.offer(e)
	}
	require.Equal(t, http.StatusCreated, w.book("anna", "first", "e1", "2").status)
	for i, c := range []struct{ event, seats, problem string }{
		{"e1", "0", "Bad Request seats-out-of-range seats"},
		{"e1", "-1", "Bad Request seats-out-of-range seats"},
		{"e1", "1000000000", "Bad Request seats-out-of-range seats"},
		{"e1", "101", "Bad Request seats-out-of-range seats"},
		{"e1", "1.5", "Bad Request invalid-request seats"},
		{"e1", `"2"`, "Bad Request invalid-request seats"},
		{"e1", `2,"vip":true`, "Bad Request invalid-request vip"},
		{"past", "1", "Conflict event-past"},
		{"cancelled", "1", "Conflict event-cancelled"},
		{"e1", "2", "Conflict not-enough-seats"},
		{"none", "1", "Not Found event-not-found"},
	} {
		first := w.book("bert", fmt.Sprint("k", i), c.event, c.seats)
		require.Equal(t, c.problem, first.problem(), "%+v", c)
		require.Equal(t, c.problem, w.book("bert", fmt.Sprint("k", i), c.event, c.seats).problem(), "again")
	}
	require.Equal(t, http.StatusCreated, w.book("anna", "last", "e1", "1").status)
	require.Equal(t, "Conflict sold-out", w.book("bert", "late", "e1", "1").problem())
	require.Equal(t, "Unprocessable Entity idempotency-key-reused", w.book("bert", "late", "e1", "2").problem())
	require.Equal(t, "Bad Request missing-idempotency-key Idempotency-Key", w.book("bert", "", "e1", "1").problem())
	require.Equal(t, "Bad Request invalid-request Idempotency-Key", w.book("bert", strings.Repeat("k", 256), "e1", "1").problem())
	require.Equal(t, "Unauthorized unauthenticated", w.book("", "k", "e1", "1").problem())
	require.Equal(t, "Bad Request invalid-request cursor", w.call("bert", http.MethodGet, "/api/v1/bookings?cursor=x", "").problem())
	require.Equal(t, "Bad Request invalid-request limit", w.call("bert", http.MethodGet, "/api/v1/bookings?limit=0", "").problem())

	rejected := w.call("bert", http.MethodGet, "/api/v1/bookings?limit=1", "").json["items"].([]any)[0].(map[string]any)
	require.Equal(t, []any{"rejected", "sold-out"}, []any{rejected["status"], rejected["reason"]})
	require.Equal(t, "Conflict booking-rejected", w.call("bert", http.MethodDelete, "/api/v1/bookings/"+rejected["id"].(string), "").problem())
}

func TestBookingsComeInPages(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.offer(jazz("e1", 10))
	var want []string
	for i := range 5 {
		want = append(want, w.book("anna", fmt.Sprint(i), "e1", "1").json["id"].(string))
	}
	slices.Reverse(want)
	var got []string
	for cursor := ""; ; {
		page := w.call("anna", http.MethodGet, "/api/v1/bookings?limit=2"+cursor, "")
		require.Equal(t, http.StatusOK, page.status, page.body)
		for _, b := range page.json["items"].([]any) {
			got = append(got, b.(map[string]any)["id"].(string))
		}
		if page.json["next_cursor"] == nil {
			break
		}
		cursor = "&cursor=" + page.json["next_cursor"].(string)
	}
	require.Equal(t, want, got)
	require.JSONEq(t, `{"items":[]}`, w.call("bert", http.MethodGet, "/api/v1/bookings", "").body)
}

func TestEveryOutcomeIsPublishedCountedAndAudited(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.offer(jazz("e1", 3))
	w.offer(jazz("e2", 7))
	subscriber, err := w.broker.Subscriber("listener")
	require.NoError(t, err)
	batches, err := subscriber.Subscribe(t.Context(), contracts.TopicBooking)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })

	id := w.book("anna", "k1", "e1", "2").json["id"].(string)
	w.book("anna", "k1", "e1", "2") // a repetition is nothing new
	w.book("bert", "k1", "e1", "2")
	for range 2 {
		w.call("anna", http.MethodDelete, "/api/v1/bookings/"+id, "")
	}
	w.call("bert", http.MethodDelete, "/api/v1/bookings/"+id, "")
	var told []string
	for d := range deliveries(batches, 3) {
		e, err := cloudevent.Decode(d.Payload())
		require.NoError(t, err)
		var b contracts.Booking
		require.NoError(t, json.Unmarshal(e.Data, &b))
		told = append(told, fmt.Sprintf("%s %s %d %d/%d", e.Type, b.UserID, b.Version, b.Inventory.SeatsTaken, b.Inventory.Version))
		d.Ack()
	}
	// Only the messages about one booking have an order.
	require.ElementsMatch(t, []string{"booking.confirmed anna 1 2/1", "booking.rejected bert 1 2/1", "booking.cancelled anna 2 0/2"}, told)
	require.Less(t, slices.Index(told, "booking.confirmed anna 1 2/1"), slices.Index(told, "booking.cancelled anna 2 0/2"))

	for action, outcomes := range map[string][2]int{"booking.create": {1, 1}, "booking.cancel": {1, 1}} {
		for i, outcome := range []string{"success", "failure"} {
			require.Equal(t, outcomes[i], w.logs.With(`"event.category":"audit"`, action, `"event.outcome":"`+outcome+`"`), "%s %s", action, outcome)
		}
	}
	w.requireMetrics(`
		# HELP myevents_bookings_total Bookings by what became of them; a cancelled one was confirmed before.
		# TYPE myevents_bookings_total counter
		myevents_bookings_total{outcome="cancelled",service="booking"} 1
		myevents_bookings_total{outcome="confirmed",service="booking"} 1
		myevents_bookings_total{outcome="rejected",service="booking"} 1
		# HELP myevents_rejected_bookings_total Bookings that were rejected, by the reason.
		# TYPE myevents_rejected_bookings_total counter
		myevents_rejected_bookings_total{reason="event-cancelled",service="booking"} 0
		myevents_rejected_bookings_total{reason="event-past",service="booking"} 0
		myevents_rejected_bookings_total{reason="not-enough-seats",service="booking"} 1
		myevents_rejected_bookings_total{reason="sold-out",service="booking"} 0
		# HELP myevents_seats_booked_total Seats of confirmed bookings; cancelled ones stay counted.
		# TYPE myevents_seats_booked_total counter
		myevents_seats_booked_total{service="booking"} 2
		# HELP myevents_inventory_mismatch_seats Seats by which inventories and bookings differ; anything but 0 is a defect.
		# TYPE myevents_inventory_mismatch_seats gauge
		myevents_inventory_mismatch_seats{service="booking"} 0
	`, "myevents_bookings_total", "myevents_rejected_bookings_total", "myevents_seats_booked_total", "myevents_inventory_mismatch_seats")

	w.book("anna", "k2", "e2", "4")
	w.requireMetrics(`
		# HELP myevents_seats_left Seats left of the events that sell most, by event id; of all others together as "other".
		# TYPE myevents_seats_left gauge
		myevents_seats_left{event="e2",service="booking"} 3
		myevents_seats_left{event="other",service="booking"} 3
	`, "myevents_seats_left")
}

// deliveries yields the next n messages, which may come in several batches.
func deliveries(batches <-chan []messaging.Delivery, n int) iter.Seq[messaging.Delivery] {
	return func(yield func(messaging.Delivery) bool) {
		for n > 0 {
			for _, d := range <-batches {
				n--
				if !yield(d) {
					return
				}
			}
		}
	}
}

func (w *world) requireMetrics(want string, names ...string) {
	w.t.Helper()
	var err error
	require.Eventually(w.t, func() bool {
		err = testutil.GatherAndCompare(w.registry, strings.NewReader(want), names...)
		return err == nil
	}, 10*time.Second, 5*time.Millisecond, "%v", err)
}

func TestCopyIsClearedAndReplayed(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.offer(jazz("e1", 3))
	w.offer(jazz("e2", 3))
	w.book("anna", "k1", "e1", "2")
	before := w.admin(http.MethodGet, "/admin/booking/copy")
	require.Len(t, strings.Split(strings.TrimSpace(before.body), "\n"), 2)

	require.Equal(t, http.StatusNoContent, w.admin(http.MethodDelete, "/admin/booking/copy").status)
	require.Empty(t, w.admin(http.MethodGet, "/admin/booking/copy").body)
	require.Equal(t, "Not Found event-not-found", w.book("anna", "k2", "e1", "1").problem())
	w.publish(contracts.EventCreated, "ghost", jazz("ghost", 1)) // of which the event service knows nothing
	w.settle()

	done := w.admin(http.MethodPost, "/admin/booking/replay")
	require.Equal(t, http.StatusOK, done.status, done.body)
	require.JSONEq(t, `{"applied":2,"removed":1}`, done.body)
	require.Equal(t, before, w.admin(http.MethodGet, "/admin/booking/copy"))
	require.Equal(t, "Conflict not-enough-seats", w.book("anna", "k3", "e1", "2").problem(), "the seats stayed taken")
	require.Equal(t, http.StatusCreated, w.book("anna", "k4", "e1", "1").status)
}

func TestMessageThatCannotBeUnderstoodIsParked(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.publish(contracts.EventCreated, "e1", "not an event")
	require.Eventually(t, func() bool {
		return strings.Contains(w.admin(http.MethodGet, "/admin/booking/dead-letters").body, "event.created")
	}, 10*time.Second, 5*time.Millisecond)
}

func TestBookingsSurviveARestart(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.offer(jazz("e1", 3))
	b := w.book("anna", "k1", "e1", "3")
	require.NoError(t, w.Stop(t.Context()))
	require.NoError(t, w.env.Telemetry.Shutdown(t.Context()))
	again := *w
	again.env.Admin = http.NewServeMux()
	var err error
	again.App, err = app.New(t.Context(), w.config, w.env)
	require.NoError(t, err)
	require.NoError(t, again.Start(t.Context()))
	require.Equal(t, b, again.book("anna", "k1", "e1", "3"))
	require.Equal(t, "Conflict sold-out", again.book("anna", "k2", "e1", "1").problem())
	require.NoError(t, again.Stop(t.Context()))
}

func TestNewRefusesStoresItCannotOpenAndLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	w := surroundings(t)
	good := w.config
	for url, reason := range map[string]string{"oracle:x": "must be sqlite", "sqlite:": "path must be given", "": "must be sqlite"} {
		w.config.Store = url
		_, err := app.New(t.Context(), w.config, w.env)
		require.ErrorContains(t, err, reason)
	}
	held, err := app.New(t.Context(), good, w.env)
	require.NoError(t, err)
	_, err = app.New(t.Context(), good, w.env)
	require.ErrorContains(t, err, "(booking)", "names the holder")
	require.NoError(t, held.Stop(t.Context()))
}

func TestStoreIsHealthyWhileItIsOpen(t *testing.T) {
	t.Parallel()
	w := start(t)
	check := func() string {
		recorder := httptest.NewRecorder()
		w.env.Health.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/healthz?verbose", http.NoBody))
		return recorder.Body.String()
	}
	require.Contains(t, check(), `"booking.store"`)
	require.Contains(t, check(), `"ok"`)
	require.NoError(t, w.Stop(t.Context()))
	require.Contains(t, check(), "failing")
}

func TestDocumentHasEveryOperation(t *testing.T) {
	t.Parallel()
	document := string(app.Document())
	require.Equal(t, document, string(app.Document()))
	for _, operation := range []string{"create-booking", "list-bookings", "get-booking", "cancel-booking", "list-dead-letters"} {
		require.Contains(t, document, `"operationId": "`+operation+`"`)
	}
}
