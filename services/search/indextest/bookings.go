package indextest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
)

// twins returns, for each of the names, an event and ann's booking with equal ids. Nothing but its name can be found of
// the event.
func twins(names ...string) []search.Document {
	var documents []search.Document
	for i, name := range names {
		id := fmt.Sprintf("t%04d", i)
		event := Event(id, name)
		event.LocationName, event.Hall, event.Country = "", "", ""
		documents = append(documents, EventDocument(event), BookingDocument(Booking(id, "ann", name)))
	}
	return documents
}

// found is what makes a hit of a booking equal to one of its event.
type found struct{ id, marked string }

// requireTwins searches events and bookings, requires that both are found in the same order, and returns how many.
func requireTwins(t require.TestingT, index search.Index, text string) int {
	ofEvents, err := index.SearchEvents(ctx(t), search.Query{Text: text, Limit: 1000})
	require.NoError(t, err)
	ofBookings, err := index.SearchBookings(ctx(t), "ann", search.BookingQuery{Text: text, Limit: 1000})
	require.NoError(t, err)
	var want, got []found
	for _, hit := range ofEvents.Hits {
		want = append(want, found{hit.Item.ID, strings.Join(hit.Highlights["name"], "")})
	}
	for _, hit := range ofBookings.Hits {
		got = append(got, found{hit.Item.ID, strings.Join(hit.Highlights["event_name"], "")})
	}
	require.Equal(t, want, got, "%q", text)
	return len(want)
}

func testTwins(t *testing.T, h Harness) {
	apply(t, h.Index, twins("Jazz Night", "Café Müller", "Beyoncé live", "Philharmonic Orchestra", "東京ジャズ", "Ночь музеев",
		"Rock’n’Roll & Soul", "AC/DC Tribute", "The Who", "ΑΘΗΝΑ 2026", "e\u0301lan vital", "Jazz <jazzy> jazz", "Jam & Jive",
		"Dixieland Brunches", "Dixie Brut")...)
	for text, least := range map[string]int{
		"jaz": 2, "JAZZ": 2, "jazz ni": 1, "night jazz": 1, "jzaz": 2, "cafe": 1, "cafe\u0301": 1, "muller": 1, "filharmonic": 1,
		"orchestar": 1, "phil": 1, "東京": 1, "ジャズ": 1, "НОЧЬ": 1, "rock'n'roll": 1, "ac/dc": 1, "αθηνα": 1, "élan": 1, "j": 0,
		"dixi brun": 2, "jazz opera": 0, "max": 0, "*": 0, "🎷": 0, "event": 0, "confirmed": 0,
	} {
		require.GreaterOrEqual(t, requireTwins(t, h.Index, text), least, "%q", text)
	}
}

// testTwinsOfAnyName has names of few letters, so that many are alike, and types them with mistakes.
func testTwinsOfAnyName(t *testing.T, h Harness) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := []rune("abcé")
	names := make([]string, 80)
	for i := range names {
		words := make([]string, 1+random.IntN(3))
		for j := range words {
			for range 1 + random.IntN(10) {
				words[j] += string(letters[random.IntN(len(letters))])
			}
		}
		names[i] = strings.Join(words, " ")
	}
	apply(t, h.Index, twins(names...)...)
	rapid.Check(t, func(t *rapid.T) {
		words := strings.Fields(rapid.SampledFrom(names).Draw(t, "name"))
		first := mistype(t, rapid.SampledFrom(words).Draw(t, "first"))
		second := mistype(t, rapid.SampledFrom(words).Draw(t, "second"))
		requireTwins(t, h.Index, rapid.SampledFrom([]string{first + " ", first + " " + second}).Draw(t, "text"))
	})
}

// mistype puts up to three letters in, out, or in the place of their neighbors, or leaves the word unfinished.
func mistype(t *rapid.T, word string) string {
	letters := []rune(word)
	for range rapid.IntRange(0, 3).Draw(t, "mistakes") {
		at := rapid.IntRange(0, len(letters)).Draw(t, "at")
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case kind == 0:
			letters = slices.Insert(letters, at, rapid.SampledFrom([]rune("abcé")).Draw(t, "letter"))
		case kind == 1 && at < len(letters):
			letters = slices.Delete(letters, at, at+1)
		case kind == 2 && at+1 < len(letters):
			letters[at], letters[at+1] = letters[at+1], letters[at]
		case kind == 3:
			letters = letters[:at]
		}
	}
	return string(letters)
}

func testBookingPages(t *testing.T, h Harness) {
	const n = 60
	var documents []search.Document
	for i := range n {
		words := []string{"Jazz", "Jazzy", "Jazzercise", "Jazz Jazz"}
		name := words[i%len(words)] + strings.Repeat(" night", i%7)
		documents = append(documents, BookingDocument(Booking(fmt.Sprintf("b%03d", (i*37)%n), "ann", name)))
	}
	apply(t, h.Index, documents...)
	find := func(limit int, after *search.Position) (search.Page[contracts.Booking], error) {
		return h.Index.SearchBookings(t.Context(), "ann", search.BookingQuery{Text: "jazz", Limit: limit, After: after})
	}
	whole := walk(t, find, bookingID, n, func() { t.Fatal("a full page has no next one") })
	require.Len(t, whole, n)
	added := 0
	for _, size := range []int{1, 7, 20, n - 1} {
		require.Equal(t, whole, walk(t, find, bookingID, size, func() {
			added++
			apply(t, h.Index, BookingDocument(Booking(fmt.Sprintf("x%03d", added), "ann", "Chess night")),
				BookingDocument(Booking(fmt.Sprintf("y%03d", added), "bob", "Jazz night")))
		}), "pages of %d", size)
	}
}

func bookingID(b contracts.Booking) string { return b.ID }
func eventID(e contracts.Event) string     { return e.ID }

func testBookingVersions(t *testing.T, h Harness) {
	v := make([]search.Document, 4)
	for i := range v {
		b := Booking("b1", "ann", fmt.Sprintf("Jazz v%d", i+1))
		b.Version = int64(i + 1)
		v[i] = BookingDocument(b)
	}
	names := func(text string) (names []string) {
		page, err := h.Index.SearchBookings(t.Context(), "ann", search.BookingQuery{Text: text, Limit: 10})
		require.NoError(t, err)
		for _, hit := range page.Hits {
			names = append(names, hit.Item.EventName)
		}
		return names
	}
	apply(t, h.Index, v[1])
	apply(t, h.Index, v[0])
	require.Equal(t, []string{"Jazz v2"}, names("jazz"), "an older version changes nothing")
	apply(t, h.Index, v[3], v[2])
	require.Equal(t, []string{"Jazz v4"}, names("jazz"), "nor does it in the same batch")
	require.Empty(t, names("v2"), "a replaced version is not found any more")

	corrected := Booking("b1", "ann", "Jazz again")
	corrected.Version = 4
	apply(t, h.Index, v[3], BookingDocument(corrected))
	require.Equal(t, []string{"Jazz again"}, names("jazz"), "of equal versions the later counts")

	entries, err := h.Index.Copy(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, []search.Entry{{Kind: search.KindBooking, ID: "b1", Version: 4}}, entries)
}

// testManyBookings has more bookings than an adapter may keep together, and users that are between each other's.
func testManyBookings(t *testing.T, h Harness) {
	const users, each = 5, 900
	var documents []search.Document
	for i := range users * each {
		documents = append(documents, BookingDocument(Booking(fmt.Sprintf("b%05d", i), fmt.Sprintf("u%d", i%users), "Jazz night")))
	}
	for part := range slices.Chunk(documents, 1000) {
		apply(t, h.Index, part...)
	}
	for user := range users {
		page, err := h.Index.SearchBookings(t.Context(), fmt.Sprintf("u%d", user), search.BookingQuery{Text: "jazz", Limit: 2 * each})
		require.NoError(t, err)
		require.Len(t, page.Hits, each)
		for i, hit := range page.Hits {
			require.Equal(t, fmt.Sprintf("b%05d", i*users+user), hit.Item.ID)
		}
	}
}
