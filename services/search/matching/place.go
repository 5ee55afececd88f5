package matching

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/char/asciifolding"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
)

// maxName is how much of a name, in characters, decides where it is sorted: enough for names, and a cursor stays short.
const maxName = 60

// Place returns where the event is in an order other than that of relevance: of two, the one whose place is the lesser text
// comes first. SortLatest has the places of SortStarts, from behind.
func Place(a analysis.Analyzer, by search.Sort, e contracts.Event) string {
	switch by {
	case search.SortStarts, search.SortLatest:
		return e.StartsAt.UTC().Format("2006-01-02T15:04:05.000000000Z") // unlike RFC3339Nano with all zeros, so that texts sort as times
	case search.SortPrice:
		return fmt.Sprintf("%020d", e.Price.Amount)
	case search.SortName:
		return placeOfName(a, e.Name)
	default:
		return ""
	}
}

// placeOfName leaves out what people do not look at when they look a name up: capitals, punctuation and accents.
func placeOfName(a analysis.Analyzer, name string) string {
	var words []string
	for _, token := range a.Analyze([]byte(name)) {
		words = append(words, string(token.Term))
	}
	text := cmp.Or(strings.Join(words, " "), name) // a name may be nothing but punctuation
	folded := []rune(string(asciifolding.New().Filter([]byte(text))))
	return string(folded[:min(len(folded), maxName)])
}
