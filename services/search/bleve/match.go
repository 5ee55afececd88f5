package bleve

import (
	"html"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
)

// matcher tells which texts match a query and how well, as an index of the texts would: with the same words, scores and
// marks. It needs none to be built, which pays where texts are few and rarely asked for.
type matcher struct {
	analyzer analysis.Analyzer
	words    []word
	known    map[string]*match // by text; nil for one that does not match
}

// match says how a text matches.
type match struct {
	score  float64
	marked string // HTML, the words that match in <mark> elements
}

func newMatcher(a analysis.Analyzer, words []word) *matcher {
	return &matcher{analyzer: a, words: words, known: map[string]*match{}}
}

// match returns how the text matches, nil if it does not. It remembers the answer: many bookings are of the same event.
func (m *matcher) match(text string) *match {
	found, ok := m.known[text]
	if !ok {
		found = m.compare(text)
		m.known[text] = found
	}
	return found
}

func (m *matcher) compare(text string) *match {
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
	return &match{score: sum, marked: mark(text, tokens, marks)}
}

// score returns what the word is worth in a text with the tokens, 0 where it does not match, and marks those it matches.
// Of the ways in which a word may match, each that does adds its worth, and the sum counts in proportion to their number:
// that is how bleve scores alternatives.
func (w word) score(tokens analysis.TokenStream, marks []bool) float64 {
	var sum, ways float64
	for _, way := range w.ways {
		matches := false
		for i, t := range tokens {
			if way.matches(w.text, string(t.Term)) {
				matches, marks[i] = true, true
			}
		}
		if matches {
			sum, ways = sum+way.worth, ways+1
		}
	}
	return sum * (ways / float64(len(w.ways)))
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

// within reports whether at most so many letters have to be put in, left out, replaced or exchanged with their neighbor
// to make the one word the other.
func within(mistakes int, one, other string) bool {
	a, b := []rune(one), []rune(other)
	if max(len(a)-len(b), len(b)-len(a)) > mistakes {
		return false
	}
	// The distances of a's first letters, as many as the row's number, from b's, as many as the column's.
	row, above, twoAbove := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		twoAbove, above, row = above, row, twoAbove
		row[0] = i + 1
		for j := range b {
			replaced := above[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], twoAbove[j-1]+1)
			}
		}
	}
	return row[len(b)] <= mistakes
}
