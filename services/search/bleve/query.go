package bleve

import (
	"context"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/myevents/myevents/services/search/matching"
)

// weighted is a field and the score of a match in it.
type weighted struct {
	field string
	score float64
}

// newQuery returns the query for documents in which each of the words, of which there must be one, matches one of the
// fields.
func newQuery(words []matching.Word, in []weighted) query.Query {
	all := bleve.NewConjunctionQuery()
	for _, word := range words {
		somewhere := bleve.NewDisjunctionQuery()
		for _, w := range in {
			for _, way := range word.Ways {
				somewhere.AddQuery(scored(likeness(way, word.Text, w.field), way.Worth*w.score))
			}
		}
		all.AddQuery(somewhere)
	}
	return all
}

// likeness returns the query for documents with a word in the field that the word matches that way.
func likeness(w matching.Way, word, field string) query.Query {
	switch w.Kind {
	case matching.Begins:
		q := bleve.NewPrefixQuery(word)
		q.SetField(field)
		return q
	case matching.Alike:
		q := bleve.NewFuzzyQuery(word)
		q.SetField(field)
		q.SetFuzziness(w.Mistakes)
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
