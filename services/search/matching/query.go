package matching

import (
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
)

// maxWords bounds the work a query can cause; whoever types more words has said enough with the first ones.
const maxWords = 12

// Word is a word of a query, as the analyzer leaves it.
type Word struct {
	Text string
	Ways []Way // one at least
}

// Way is a way in which a word of a query may match a word of a text.
type Way struct {
	Kind     Kind
	Worth    float64 // of a match, as part of what the word itself is worth
	Mistakes int     // letters that may be wrong where Kind is Alike
}

// Kind is a kind of likeness.
type Kind int

// The kinds.
const (
	Exact  Kind = iota
	Begins      // as the word may still be being typed
	Alike       // a typing mistake, or an accent left out
)

// Parse divides the text as names are divided when they are indexed; nothing in it has a meaning beyond that. A text
// without a letter or digit has no words.
func Parse(a analysis.Analyzer, text string) []Word {
	all := Words(a, text)
	words := make([]Word, min(len(all), maxWords))
	for i := range words {
		words[i] = Word{all[i], waysOf(all[i])}
	}
	return words
}

// waysOf returns what counts as a match of the word: the word itself most.
func waysOf(text string) []Way {
	ways := []Way{{Kind: Exact, Worth: 1}}
	length := utf8.RuneCountInString(text)
	if length >= 2 { // one letter begins too many words to say anything
		ways = append(ways, Way{Kind: Begins, Worth: 1. / 2})
	}
	if length >= 4 { // of a shorter word, one letter is too much: "jam" is not "max"
		ways = append(ways, Way{Kind: Alike, Worth: 1. / 8, Mistakes: mistakes(length)})
	}
	return ways
}

// mistakes returns how many letters of a word of that length may be wrong.
func mistakes(length int) int {
	if length < 8 {
		return 1
	}
	return 2
}

// matches reports whether the query's word matches the text's.
func (w Way) matches(word, term string) bool {
	switch w.Kind {
	case Begins:
		return strings.HasPrefix(term, word)
	case Alike:
		return within(w.Mistakes, word, term)
	default:
		return term == word
	}
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
