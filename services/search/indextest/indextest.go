// Package indextest is the conformance suite of search.Index: every adapter passes it unchanged.
package indextest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
)

// Harness is an empty index of an adapter. The adapter's test releases it.
type Harness struct {
	Index  search.Index
	Reopen func() search.Index // closes the index and opens it as the next process would
}

// Run runs the suite; open makes one harness for each of its tests.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for name, test := range map[string]func(t *testing.T, h Harness){
		"what was applied is found with all its fields":    testRoundTrip,
		"a document is never replaced by an older version": testVersions,
		"versions in any order end in the newest":          testAnyOrder,
		"the best match comes first":                       testRanking,
		"every word has to match":                          testAllWords,
		"what people type is found":                        testTyping,
		"however many words are alike, all are found":      testManyAlike,
		"what has nothing in common is not found":          testNoMatch,
		"matches are marked in escaped text":               testHighlights,
		"pages have every hit once":                        testPaging,
		"pages stay whole while others are added":          testPagingWhileAdding,
		"without a text everything is found":               testNoText,
		"filters let through what they say":                testFilters,
		"facets count what each filter would leave":        testFacets,
		"facets have the most frequent values":             testManyFacetValues,
		"events are sorted":                                testSorts,
		"sorted pages have every hit once":                 testSortedPages,
		"a user finds only their own bookings":             testIsolation,
		"a booking is found as its event is":               testTwins,
		"whatever the names, and what people type":         testTwinsOfAnyName,
		"pages have every booking once":                    testBookingPages,
		"a booking is never replaced by an older version":  testBookingVersions,
		"all of many bookings are found":                   testManyBookings,
		"events and bookings do not mix":                   testKinds,
		"an empty index answers":                           testEmpty,
		"the copy lists documents in order":                testCopy,
		"a cleared index is empty and takes documents":     testClear,
		"a reopened index has everything":                  testReopen,
		"no character breaks a query":                      testSyntax,
		"concurrent writers keep the newest version":       testConcurrent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// Event returns an event with the id and name.
func Event(id, name string) contracts.Event {
	starts := time.Date(2026, 11, 5, 19, 30, 0, 0, time.UTC)
	return contracts.Event{
		ID: id, Version: 1, OrganizerID: "organizer", Name: name, StartsAt: starts, EndsAt: starts.Add(3 * time.Hour),
		LocationID: "location", LocationName: "Harbour House", Country: "DE", Hall: "Great Hall", Capacity: 500,
		Price: contracts.Money{Amount: 4500, Currency: "EUR"}, Status: contracts.EventScheduled,
	}
}

// Booking returns a booking by the user of an event with the name.
func Booking(id, userID, eventName string) contracts.Booking {
	return contracts.Booking{
		ID: id, Version: 1, EventID: "event", EventName: eventName, StartsAt: time.Date(2026, 11, 5, 19, 30, 0, 0, time.UTC),
		UserID: userID, Seats: 2, Status: contracts.StatusConfirmed, CreatedAt: time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC),
		Inventory: contracts.Inventory{Version: 1, SeatsTaken: 2},
	}
}

// EventDocument returns the document of the event, as its message brings it.
func EventDocument(e contracts.Event) search.Document { return document(search.EventDocument, e) }

// BookingDocument returns the document of the booking, as its message brings it.
func BookingDocument(b contracts.Booking) search.Document { return document(search.BookingDocument, b) }

func document(decode func([]byte) (search.Document, error), published any) search.Document {
	data, err := json.Marshal(published)
	if err != nil {
		panic(err)
	}
	d, err := decode(data)
	if err != nil {
		panic(err)
	}
	return d
}

// named returns documents of events with the names; their ids are e000, e001 and so on.
func named(names ...string) []search.Document {
	documents := make([]search.Document, len(names))
	for i, name := range names {
		documents[i] = EventDocument(Event(fmt.Sprintf("e%03d", i), name))
	}
	return documents
}

func apply(t require.TestingT, index search.Index, documents ...search.Document) {
	require.NoError(t, index.Apply(ctx(t), documents))
}

// events returns the names of the events the index finds, the best first.
func events(t require.TestingT, index search.Index, text string) []string {
	page, err := index.SearchEvents(ctx(t), search.Query{Text: text, Limit: 100})
	require.NoError(t, err)
	var names []string
	for _, hit := range page.Hits {
		names = append(names, hit.Item.Name)
	}
	return names
}

// bookings returns the ids of the bookings the index finds for the user, the best first.
func bookings(t require.TestingT, index search.Index, userID, text string) []string {
	page, err := index.SearchBookings(ctx(t), userID, search.BookingQuery{Text: text, Limit: 100})
	require.NoError(t, err)
	var ids []string
	for _, hit := range page.Hits {
		ids = append(ids, hit.Item.ID)
	}
	return ids
}
