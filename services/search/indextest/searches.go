package indextest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
)

func testRanking(t *testing.T, h Harness) {
	atJazzHouse := Event("e900", "Chess open")
	atJazzHouse.LocationName = "Jazz House"
	inJazzHall := Event("e901", "Poetry slam")
	inJazzHall.Hall = "Jazz Hall"
	apply(t, h.Index, EventDocument(inJazzHall), EventDocument(atJazzHouse))
	apply(t, h.Index, named("Jazzercise class", "Jazz night")...)

	require.Equal(t, []string{"Jazz night", "Jazzercise class"}, events(t, h.Index, "jazz")[:2],
		"a name counts more than a place, and a word more than its beginning")
	require.ElementsMatch(t, []string{"Jazz night", "Jazzercise class", "Chess open", "Poetry slam"}, events(t, h.Index, "jazz"))
}

func testAllWords(t *testing.T, h Harness) {
	apply(t, h.Index, named("Jazz night", "Rock night", "Jazz brunch")...)

	require.Equal(t, []string{"Jazz night"}, events(t, h.Index, "night jazz"))
	require.Equal(t, []string{"Jazz night"}, events(t, h.Index, "night jazz harbour de"), "words may match different fields")
	require.Empty(t, events(t, h.Index, "jazz opera"))
}

func testTyping(t *testing.T, h Harness) {
	apply(t, h.Index, named("Jazz Night", "Café Müller", "Beyoncé live", "Philharmonic Orchestra", "東京ジャズ", "Ночь музеев",
		"Rock’n’Roll & Soul", "AC/DC Tribute", "The Who", "ΑΘΗΝΑ 2026", "e\u0301lan vital")...)

	for typed, want := range map[string]string{
		"jaz": "Jazz Night", "ja": "Jazz Night", "JAZZ": "Jazz Night", "jazz ni": "Jazz Night", "jazzz": "Jazz Night",
		"cafe": "Café Müller", "café": "Café Müller", "cafe\u0301": "Café Müller",
		"muller": "Café Müller", "beyonce": "Beyoncé live",
		"filharmonic": "Philharmonic Orchestra", "orchestar": "Philharmonic Orchestra", "phil": "Philharmonic Orchestra",
		"東京": "東京ジャズ", "ジャズ": "東京ジャズ", "музеев": "Ночь музеев", "НОЧЬ": "Ночь музеев",
		"rock'n'roll": "Rock’n’Roll & Soul", "rock": "Rock’n’Roll & Soul", "ac/dc": "AC/DC Tribute", "the who": "The Who",
		"αθηνα": "ΑΘΗΝΑ 2026", "élan": "e\u0301lan vital",
	} {
		require.Contains(t, events(t, h.Index, typed), want, "typed %q", typed)
	}
}

func testManyAlike(t *testing.T, h Harness) {
	var names []string
	for _, first := range "abcdefghij" {
		for _, second := range "abcdefghij" {
			names = append(names, string([]rune{first, second})+"harmonic")
		}
	}
	apply(t, h.Index, named(names...)...)
	require.ElementsMatch(t, names, events(t, h.Index, "zzharmonic"))
}

func testNoMatch(t *testing.T, h Harness) {
	apply(t, h.Index, named("Jazz night")...)
	for _, text := range []string{"opera", "max", "azz", "*", "?", "   ", "-", "\x00", "🎷", "organizer", "e000", "scheduled"} {
		require.Empty(t, events(t, h.Index, text), "%q", text)
	}
}

func testHighlights(t *testing.T, h Harness) {
	event := Event("e1", `Jazz <script>alert("x")</script> & Soul`)
	event.LocationName = "Jazz House"
	apply(t, h.Index, EventDocument(event), BookingDocument(Booking("b1", "ann", "Blues <b>Brothers</b>")))

	found, err := h.Index.SearchEvents(t.Context(), search.Query{Text: "jaz soul", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, map[string][]string{
		"name":          {"<mark>Jazz</mark> &lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; <mark>Soul</mark>"},
		"location_name": {"<mark>Jazz</mark> House"},
	}, found.Hits[0].Highlights)

	booked, err := h.Index.SearchBookings(t.Context(), "ann", search.BookingQuery{Text: "brothers", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"event_name": {"Blues &lt;b&gt;<mark>Brothers</mark>&lt;/b&gt;"}}, booked.Hits[0].Highlights)
}

// walk returns the ids on all pages of the size, and calls between after each page. There are far fewer than 100 pages.
func walk[T any](
	t *testing.T, find func(limit int, after *search.Position) (search.Page[T], error), id func(T) string, size int, between func(),
) []string {
	var ids []string
	var after *search.Position
	for range 100 {
		page, err := find(size, after)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Hits), size)
		for _, hit := range page.Hits {
			ids = append(ids, id(hit.Item))
		}
		if page.Next == nil {
			return ids
		}
		require.Len(t, page.Hits, size, "only the last page may be short")
		after = page.Next
		between()
	}
	t.Fatal("there is always a next page")
	return nil
}

// walkEvents is walk over the events.
func walkEvents(t *testing.T, index search.Index, q search.Query, size int, between func()) []string {
	find := func(limit int, after *search.Position) (search.Page[contracts.Event], error) {
		q.Limit, q.After = limit, after
		page, err := index.SearchEvents(t.Context(), q)
		return page.Page, err
	}
	return walk(t, find, eventID, size, between)
}

func testPaging(t *testing.T, h Harness) {
	const n = 60
	for i := range n {
		words := []string{"Jazz", "Jazzy", "Jazzercise", "Jazz Jazz"}
		apply(t, h.Index, EventDocument(Event(fmt.Sprintf("e%03d", i), words[i%len(words)]+strings.Repeat(" night", i%7))))
	}
	whole := walkEvents(t, h.Index, search.Query{Text: "jazz"}, n, func() { t.Fatal("a full page has no next one") })
	require.Len(t, whole, n)
	for _, size := range []int{1, 7, 20, n - 1} {
		require.Equal(t, whole, walkEvents(t, h.Index, search.Query{Text: "jazz"}, size, func() {}), "pages of %d", size)
	}
}

func testPagingWhileAdding(t *testing.T, h Harness) {
	const n = 30
	for i := range n {
		apply(t, h.Index, EventDocument(Event(fmt.Sprintf("e%03d", i), "Jazz night"+strings.Repeat(" jazz", i%5))))
	}
	added := 0
	ids := walkEvents(t, h.Index, search.Query{Text: "jazz"}, 4, func() {
		added++
		apply(t, h.Index, EventDocument(Event(fmt.Sprintf("x%03d", added), "Chess night")))
		apply(t, h.Index, BookingDocument(Booking(fmt.Sprintf("x%03d", added), "ann", "Jazz night")))
	})
	seen := map[string]int{}
	for _, id := range ids {
		seen[id]++
	}
	require.Len(t, seen, n, "no hit is lost")
	require.Len(t, ids, n, "no hit comes twice")
}

func testSyntax(t *testing.T, h Harness) {
	apply(t, h.Index, named("Jazz night", "Rock OR Roll", "name:value")...)
	for _, text := range []string{
		`"`, `"jazz`, `jazz"`, `jazz AND`, `AND OR NOT`, `+jazz -night`, `name:jazz`, `name:`, `:`, `jaz*`, `j?zz`, `/jazz/`, `/[/`,
		`(jazz`, `jazz)`, `[a TO z]`, `{`, `jazz~99`, `jazz^1e9`, `\`, `\\"`, "\x00\xff\xfe", "a\u0300\u0301\u0302", "\u202e", "\u202ezzaj",
		strings.Repeat("a", 200), strings.Repeat("jazz ", 40), strings.Repeat("𝔍", 200), `<mark>`, `'; DROP TABLE events; --`,
	} {
		events(t, h.Index, text)
		bookings(t, h.Index, "ann", text)
	}
	require.Contains(t, events(t, h.Index, `+"Jazz" (night)`), "Jazz night", "punctuation is as good as a space")
	require.Equal(t, []string{"Rock OR Roll"}, events(t, h.Index, "rock or roll"))

	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		events(t, h.Index, text)
		bookings(t, h.Index, text, text)
	})
}
