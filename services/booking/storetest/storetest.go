// Package storetest is the suite that every booking.Store passes, unchanged.
package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/services/booking"
)

// Backend is a store under test with its outbox.
type Backend interface {
	booking.Store
	Outbox() outbox.Log
	Close() error
}

// Open opens the store that lives in dir, and creates it where there is none. hook, where it is not nil, is called before
// every write, with what is going to be written; its error must make the write fail, and nothing may be written then.
type Open func(t testing.TB, dir string, hook func(statement string) error) Backend

// Run tests the stores that open returns.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*shop){
		"places and shows bookings":                  placesAndShows,
		"rejects with a reason":                      rejects,
		"cancels once":                               cancels,
		"keeps other users out":                      keepsOthersOut,
		"pages bookings newest first":                pages,
		"sells the last seats once":                  sellsTheLastSeatsOnce,
		"gives one answer to concurrent repetitions": answersRepetitionsOnce,
		"gives the same answer after reopening":      answersAfterReopening,
		"refuses a key for a different order":        refusesReusedKeys,
		"records nothing for an unknown event":       recordsNothingForUnknownEvents,
		"takes the newest version of an event":       takesTheNewestVersion,
		"keeps seats taken without a copy":           keepsSeatsWithoutCopy,
		"restores and forgets events":                restoresAndForgets,
		"survives a crash between any two writes":    survivesCrashes,
		"goes on after a write that failed":          survivesHiccups,
		"survives a crash under load":                survivesCrashesUnderLoad,
		"gives up when the context has ended":        givesUp,
		"behaves like the model":                     behavesLikeTheModel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, open, t.TempDir(), nil)
			test(s)
			s.check()
		})
	}
}

// today is the time of all tests; the events begin tomorrow.
func today() time.Time { return time.Date(2031, 5, 17, 12, 0, 0, 0, time.UTC) }

// shop is a store with helpers. Where a test goes on in several goroutines it uses the store itself.
type shop struct {
	Backend
	t    testing.TB
	open Open
	dir  string
}

func newShop(t testing.TB, open Open, dir string, hook func(string) error) *shop {
	s := &shop{Backend: open(t, dir, hook), t: t, open: open, dir: dir}
	t.Cleanup(func() { _ = s.Close() }) // the test has failed already where this does
	require.NoError(t, s.Recover(t.Context()))
	return s
}

// reopen closes the store and opens it again without a hook, as after a restart.
func (s *shop) reopen() {
	s.t.Helper()
	_ = s.Close() // a store whose writes fail may fail to close
	s.Backend = s.open(s.t, s.dir, nil)
	require.NoError(s.t, s.Recover(context.Background()))
}

// event returns version 1 of an event with the capacity.
func event(id string, capacity int) contracts.Event {
	return contracts.Event{
		ID: id, Version: 1, Name: "Night of " + id, OrganizerID: "organizer", StartsAt: today().Add(24 * time.Hour),
		EndsAt: today().Add(27 * time.Hour), Capacity: capacity, Price: contracts.Money{Amount: 4500, Currency: "EUR"},
		Status: contracts.EventScheduled,
	}
}

// order returns an order whose booking's id follows from user and key; ids sort as keys do.
func order(user, key, eventID string, seats int) booking.Order {
	return booking.Order{
		BookingID: key + "-of-" + user, UserID: user, Key: key, EventID: eventID, Seats: seats, At: today(),
		Trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	}
}

func cancellation(b booking.Booking) booking.Cancellation {
	return booking.Cancellation{UserID: b.UserID, BookingID: b.ID, At: today().Add(time.Minute)}
}

func (s *shop) offer(e contracts.Event) {
	s.t.Helper()
	applied, err := s.Apply(s.t.Context(), e)
	require.NoError(s.t, err)
	require.True(s.t, applied)
}

// place places an order that is new.
func (s *shop) place(o booking.Order) booking.Booking {
	s.t.Helper()
	b, placed, err := s.Place(s.t.Context(), o)
	require.NoError(s.t, err)
	require.True(s.t, placed)
	return b
}

func (s *shop) inventory(eventID string) booking.Inventory {
	s.t.Helper()
	for _, i := range s.inventories() {
		if i.Event.ID == eventID {
			return i
		}
	}
	require.Fail(s.t, "no inventory", eventID)
	return booking.Inventory{}
}

// inventories reads all of them in pages of two.
func (s *shop) inventories() []booking.Inventory {
	s.t.Helper()
	return all(s.t, func(after string) ([]booking.Inventory, error) { return s.Inventories(context.Background(), after, 2) },
		func(i booking.Inventory) string { return i.Event.ID })
}

func (s *shop) bookings(user string) []booking.Booking {
	s.t.Helper()
	return all(s.t, func(before string) ([]booking.Booking, error) {
		return s.Bookings(context.Background(), user, before, 50)
	},
		func(b booking.Booking) string { return b.ID })
}

func all[T any](t testing.TB, read func(after string) ([]T, error), key func(T) string) (items []T) {
	t.Helper()
	for after := ""; ; {
		page, err := read(after)
		require.NoError(t, err)
		if len(page) == 0 {
			return items
		}
		items = append(items, page...)
		after = key(page[len(page)-1])
	}
}

// message is what the outbox says of a booking.
type message struct {
	cloudevent.Event
	contracts.Booking
}

func (s *shop) messages() (messages []message) {
	s.t.Helper()
	for after := int64(0); ; {
		entries, err := s.Outbox().Read(context.Background(), after, 100)
		require.NoError(s.t, err)
		if len(entries) == 0 {
			return messages
		}
		for _, e := range entries {
			require.Equal(s.t, contracts.TopicBooking, e.Topic)
			var m message
			m.Event, err = cloudevent.Decode(e.Payload)
			require.NoError(s.t, err)
			require.NoError(s.t, json.Unmarshal(m.Data, &m.Booking))
			require.Equal(s.t, []string{m.Event.ID, m.Type, m.Booking.ID}, []string{e.ID, e.Type, e.Subject})
			messages = append(messages, m)
		}
		after = entries[len(entries)-1].Seq
	}
}

// check compares bookings, inventories and messages: whatever has happened, they tell the same story.
func (s *shop) check() {
	s.t.Helper()
	mismatches, err := s.Audit(context.Background())
	require.NoError(s.t, err)
	require.Zero(s.t, mismatches)

	messages := s.messages()
	told := map[string]message{} // the newest message of each booking
	last := map[string]contracts.Inventory{}
	ids := map[string]bool{}
	for _, m := range messages {
		require.False(s.t, ids[m.Event.ID], "message %s is there twice", m.Event.ID)
		ids[m.Event.ID] = true
		told[m.Booking.ID] = m
		s.checkVersion(last, m)
	}
	seats := map[string]int{}
	var stored int
	for _, user := range users(messages) {
		for _, b := range s.bookings(user) {
			stored++
			m := told[b.ID]
			require.Equal(s.t, []any{b.Status, b.Version, b.Reason, b.Seats, b.UserID, b.EventID, b.EventName, b.StartsAt, b.CreatedAt},
				[]any{m.Status, m.Version, m.Reason, m.Seats, m.UserID, m.EventID, m.EventName, m.StartsAt, m.CreatedAt})
			if b.Status == contracts.StatusConfirmed {
				seats[b.EventID] += b.Seats
			}
		}
	}
	require.Equal(s.t, len(told), stored, "every message is about a booking")
	for _, i := range s.inventories() {
		require.Equal(s.t, seats[i.Event.ID], i.SeatsTaken, "seats taken of %s", i.Event.ID)
		require.Equal(s.t, contracts.Inventory{Version: i.Version, SeatsTaken: i.SeatsTaken}, last[i.Event.ID], i.Event.ID)
	}
}

// checkVersion requires that an inventory's version grows by one with each message that changes it, and with no other.
func (s *shop) checkVersion(last map[string]contracts.Inventory, m message) {
	s.t.Helper()
	want := last[m.EventID]
	switch m.Status {
	case contracts.StatusConfirmed:
		want.Version++
		want.SeatsTaken += m.Seats
	case contracts.StatusCancelled:
		want.Version++
		want.SeatsTaken -= m.Seats
	}
	require.Equal(s.t, want, m.Inventory, m.Event.ID)
	last[m.EventID] = want
}

func users(messages []message) []string {
	var ids []string
	for _, m := range messages {
		ids = append(ids, m.UserID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// each calls fn(0) to fn(n-1) concurrently and waits for all.
func each(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}

func numbered(prefix string, i int) string { return fmt.Sprintf("%s-%04d", prefix, i) }
