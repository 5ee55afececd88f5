package bleve

import (
	"context"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// weighted is a field and the score of a match in it.
type weighted struct {
	field string
	score float64
}

// textFields returns what people find an event by.
func textFields() []string { return []string{fieldName, fieldLocationName, fieldHall, fieldCountry} }

// newQuery returns the query for events in which each of the words matches one of the fields, and that pass the filters.
func newQuery(words []matching.Word, q search.Query) query.Query {
	all := bleve.NewConjunctionQuery()
	for _, word := range words {
		all.AddQuery(somewhere(word, []weighted{{fieldName, 64}, {fieldLocationName, 4}, {fieldHall, 2}, {fieldCountry, 1}}))
	}
	if q.Country != "" {
		all.AddQuery(equal(fieldIn, q.Country))
	}
	if q.Month != "" {
		all.AddQuery(equal(fieldMonth, q.Month))
	}
	if !q.From.IsZero() {
		from := instant(q.From)
		starting := bleve.NewNumericRangeQuery(&from, nil)
		starting.SetField(fieldStarts)
		all.AddQuery(scored(starting, 0))
	}
	if len(all.Conjuncts) == 0 {
		return scored(bleve.NewMatchAllQuery(), 0)
	}
	return all
}

// somewhere returns the query for documents in which the word matches one of the fields.
func somewhere(word matching.Word, in []weighted) query.Query {
	fields := bleve.NewDisjunctionQuery()
	for _, w := range in {
		for _, way := range word.Ways {
			fields.AddQuery(scored(likeness(way, word.Text, w.field), way.Worth*w.score))
		}
	}
	return fields
}

// equal returns the query for documents with the value in the field, which says nothing about how well they match.
func equal(field, value string) query.Query {
	q := bleve.NewTermQuery(value)
	q.SetField(field)
	return scored(q, 0)
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
