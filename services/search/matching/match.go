package matching

import (
	"html"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
)

// Matcher tells which texts match a query and how well, as an index of the texts would: with the same words, scores and
// marks. It needs none to be built, which pays where texts are few and rarely asked for. It is for one goroutine.
type Matcher struct {
	analyzer analysis.Analyzer
	words    []Word
	known    map[string]*Match // by text; nil for one that does not match
}

// Match says how a text matches.
type Match struct {
	Score  float64
	Marked string // HTML, the words that match in <mark> elements
}

// NewMatcher returns a matcher for the words of a query.
func NewMatcher(a analysis.Analyzer, words []Word) *Matcher {
	return &Matcher{analyzer: a, words: words, known: map[string]*Match{}}
}

// Match returns how the text matches all words, nil if it does not. It remembers the answer: many bookings are of the same
// event.
func (m *Matcher) Match(text string) *Match {
	found, ok := m.known[text]
	if !ok {
		found = m.compare(text)
		m.known[text] = found
	}
	return found
}

func (m *Matcher) compare(text string) *Match {
	tokens := m.analyzer.Analyze([]byte(text))
	marks := make([]bool, len(tokens))
	var sum float64
	for _, w := range m.words {
		score := w.score(tokens, marks)
		if score == 0 {
			return nil
		}
		sum += score
	}
	return &Match{Score: sum, Marked: mark(text, tokens, marks)}
}

// Mark returns the text as HTML, with what matches any of the words in <mark> elements; empty where nothing does.
func (m *Matcher) Mark(text string) string {
	tokens := m.analyzer.Analyze([]byte(text))
	marks := make([]bool, len(tokens))
	var sum float64
	for _, w := range m.words {
		sum += w.score(tokens, marks)
	}
	if sum == 0 {
		return ""
	}
	return mark(text, tokens, marks)
}

// score returns what the word is worth in a text with the tokens, 0 where it does not match, and marks those it matches.
// Of the ways in which a word may match, each that does adds its worth, and the sum counts in proportion to their number:
// that is how bleve scores alternatives.
func (w Word) score(tokens analysis.TokenStream, marks []bool) float64 {
	var sum, ways float64
	for _, way := range w.Ways {
		matches := false
		for i, t := range tokens {
			if way.matches(w.Text, string(t.Term)) {
				matches, marks[i] = true, true
			}
		}
		if matches {
			sum, ways = sum+way.Worth, ways+1
		}
	}
	return sum * (ways / float64(len(w.Ways)))
}

// mark returns the text as HTML with the marked tokens in <mark> elements.
func mark(text string, tokens analysis.TokenStream, marks []bool) string {
	var b strings.Builder
	end := 0
	for i, t := range tokens {
		if !marks[i] {
			continue
		}
		b.WriteString(html.EscapeString(text[end:t.Start]))
		b.WriteString("<mark>" + html.EscapeString(text[t.Start:t.End]) + "</mark>")
		end = t.End
	}
	b.WriteString(html.EscapeString(text[end:]))
	return b.String()
}
