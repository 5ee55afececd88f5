package bleve

import (
	"context"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
)

// maxWords bounds the work a query can cause; whoever types more words has said enough with the first ones.
const maxWords = 12

// weighted is a field and the score of a match in it.
type weighted struct {
	field string
	score float64
}

// newQuery returns the query for documents in which each of the words matches one of the fields. It is nil, and
// nothing matches, without a word.
func newQuery(words []string, in []weighted) query.Query {
	if len(words) == 0 {
		return nil
	}
	all := bleve.NewConjunctionQuery()
	for _, word := range words[:min(len(words), maxWords)] {
		somewhere := bleve.NewDisjunctionQuery()
		for _, w := range in {
			somewhere.AddQuery(wordQueries(word, w)...)
		}
		all.AddQuery(somewhere)
	}
	return all
}

// wordQueries returns what counts as a match of the word: the word itself most, then words that begin with it, as it
// may still be being typed, then words with a typing mistake or without an accent.
func wordQueries(word string, in weighted) []query.Query {
	exact := bleve.NewTermQuery(word)
	exact.SetField(in.field)
	queries := []query.Query{scored(exact, in.score)}
	length := utf8.RuneCountInString(word)
	if length >= 2 { // one letter begins too many words to say anything
		begins := bleve.NewPrefixQuery(word)
		begins.SetField(in.field)
		queries = append(queries, scored(begins, in.score/2))
	}
	if length >= 4 { // of a shorter word, one letter is too much: "jam" is not "max"
		alike := bleve.NewFuzzyQuery(word)
		alike.SetField(in.field)
		alike.SetFuzziness(mistakes(length))
		queries = append(queries, scored(alike, in.score/8))
	}
	return queries
}

// mistakes returns how many letters of a word of that length may be wrong.
func mistakes(length int) int {
	if length < 8 {
		return 1
	}
	return 2
}

// scored returns the query with the same score for all it matches. Scores by frequency of words would change with every
// document indexed, and the places of hits with them: a person turning pages while others book would miss hits.
func scored(q query.Query, score float64) query.Query {
	constant := func(context.Context, *bsearch.DocumentMatch) (float64, error) { return score, nil }
	return query.NewCustomScoreQueryWithScorer(q, constant, nil, nil)
}

// onlyOf returns the query restricted to documents of the user; the restriction does not count in the score. It is a
// conjunction rather than a filter, because that begins with the rarer term: a user has few bookings, an event many.
func onlyOf(userID string, q query.Query) query.Query {
	owner := bleve.NewTermQuery(userID)
	owner.SetField(fieldUserID)
	return bleve.NewConjunctionQuery(scored(owner, 0), q)
}
