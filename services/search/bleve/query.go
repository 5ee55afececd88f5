package bleve

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
)

// maxWords bounds the work a query can cause; whoever types more words has said enough with the first ones.
const maxWords = 12

// word is a word of a query, as the analyzer leaves it.
type word struct {
	text string
	ways []way
}

// way is a way in which a word of a query may match a word of a text.
type way struct {
	kind     wayKind
	worth    float64 // of a match, as part of what the word itself is worth
	mistakes int     // letters that may be wrong where kind is alike
}

type wayKind int

const (
	exact  wayKind = iota
	begins         // as the word may still be being typed
	alike          // a typing mistake, or an accent left out
)

// parse divides the text as names are divided when they are indexed; nothing in it has a meaning beyond that.
func parse(a analysis.Analyzer, text string) []word {
	var words []word
	seen := map[string]bool{}
	for _, token := range a.Analyze([]byte(text)) {
		if term := string(token.Term); !seen[term] && len(words) < maxWords {
			seen[term] = true
			words = append(words, word{term, waysOf(term)})
		}
	}
	return words
}

// waysOf returns what counts as a match of the word: the word itself most.
func waysOf(text string) []way {
	ways := []way{{kind: exact, worth: 1}}
	length := utf8.RuneCountInString(text)
	if length >= 2 { // one letter begins too many words to say anything
		ways = append(ways, way{kind: begins, worth: 1. / 2})
	}
	if length >= 4 { // of a shorter word, one letter is too much: "jam" is not "max"
		ways = append(ways, way{kind: alike, worth: 1. / 8, mistakes: mistakes(length)})
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
func (w way) matches(word, term string) bool {
	switch w.kind {
	case begins:
		return strings.HasPrefix(term, word)
	case alike:
		return within(w.mistakes, word, term)
	default:
		return term == word
	}
}

// weighted is a field and the score of a match in it.
type weighted struct {
	field string
	score float64
}

// newQuery returns the query for documents in which each of the words, of which there must be one, matches one of the
// fields.
func newQuery(words []word, in []weighted) query.Query {
	all := bleve.NewConjunctionQuery()
	for _, word := range words {
		somewhere := bleve.NewDisjunctionQuery()
		for _, w := range in {
			for _, way := range word.ways {
				somewhere.AddQuery(scored(way.query(word.text, w.field), way.worth*w.score))
			}
		}
		all.AddQuery(somewhere)
	}
	return all
}

func (w way) query(word, field string) query.Query {
	switch w.kind {
	case begins:
		q := bleve.NewPrefixQuery(word)
		q.SetField(field)
		return q
	case alike:
		q := bleve.NewFuzzyQuery(word)
		q.SetField(field)
		q.SetFuzziness(w.mistakes)
		return q
	default:
		q := bleve.NewTermQuery(word)
		q.SetField(field)
		return q
	}
}

// scored returns the query with the same score for all it matches. Scores by frequency of words would change with every
// document indexed, and the places of hits with them: a person turning pages while others book would miss hits.
func scored(q query.Query, score float64) query.Query {
	constant := func(context.Context, *bsearch.DocumentMatch) (float64, error) { return score, nil }
	return query.NewCustomScoreQueryWithScorer(q, constant, nil, nil)
}
