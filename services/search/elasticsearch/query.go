package elasticsearch

import (
	"strings"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// weighted is a field and the score of a match in it.
type weighted struct {
	field string
	score float64
}

// newQuery returns the query for documents that each of the words matches in one of the fields, if the filters let them
// through. Every match has a score of its own: scores by frequency of words would change with every document indexed, and the
// places of hits with them: a person turning pages while others book would miss hits. All scores are multiples of 1/8 and
// small, which Elasticsearch's floats hold exactly.
func newQuery(words []matching.Word, in []weighted, filters ...object) object {
	all := make([]object, len(words))
	for i, word := range words {
		var somewhere []object
		for _, w := range in {
			for _, way := range word.Ways {
				somewhere = append(somewhere, object{"constant_score": object{
					"filter": likeness(way, word.Text, w.field), "boost": way.Worth * w.score,
				}})
			}
		}
		all[i] = object{"bool": object{"should": somewhere}}
	}
	return object{"bool": object{"must": all, "filter": filters}}
}

// likeness returns the query for documents with a word in the field that the word matches that way.
func likeness(w matching.Way, word, field string) object {
	switch w.Kind {
	case matching.Begins:
		return object{"prefix": object{field: object{"value": word}}}
	case matching.Alike:
		// Without the rewrite only the 50 words count that are most alike.
		return object{"fuzzy": object{field: object{"value": word, "fuzziness": w.Mistakes, "rewrite": "constant_score"}}}
	default:
		return term(field, word)
	}
}

func term(field, value string) object {
	return object{"term": object{field: object{"value": value}}}
}

// entry is of the document with the key.
func entry(key string, version int64) search.Entry {
	kind, id, _ := strings.Cut(key, "/")
	return search.Entry{Kind: search.Kind(kind), ID: id, Version: version}
}
