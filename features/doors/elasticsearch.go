package doors

import (
	"context"
	"encoding/json"
	"fmt"
)

// mostLines is how many lines one search asks for: the most that Elasticsearch gives without paging.
const mostLines = 10_000

// Elasticsearch searches the log lines that were shipped to an Elasticsearch.
type Elasticsearch struct{ *api }

// NewElasticsearch returns the Elasticsearch at the URL, which may name indexes: http://search:9200/logs-*.
func NewElasticsearch(base string) *Elasticsearch { return &Elasticsearch{newAPI(base)} }

type object = map[string]any

// Find searches for the phrases, which works whatever the fields' mapping is, and keeps the lines with just these values.
func (e *Elasticsearch) Find(ctx context.Context, fields map[string]string) (lines []Line, err error) {
	phrases := []object{}
	for name, value := range fields {
		phrases = append(phrases, object{"match_phrase": object{name: value}})
	}
	oldestFirst := []object{{"@timestamp": object{"order": "asc", "unmapped_type": "date"}}}
	found, err := e.search(ctx, object{"bool": object{"filter": phrases}}, oldestFirst)
	for _, line := range found {
		if line.has(fields) {
			lines = append(lines, line)
		}
	}
	return lines, err
}

// Search asks what Kibana would for a query in Lucene's language, sorted by pairs of a field and asc or desc.
func (e *Elasticsearch) Search(ctx context.Context, lucene string, sort [][2]string) ([]Line, error) {
	order := []object{}
	for _, by := range sort {
		order = append(order, object{by[0]: by[1]})
	}
	return e.search(ctx, object{"query_string": object{"query": lucene, "analyze_wildcard": true}}, order)
}

// search fails where a part of the index could not answer: what it has would be missing without a word.
func (e *Elasticsearch) search(ctx context.Context, query object, sort []object) (lines []Line, err error) {
	var answer struct {
		Shards struct {
			Failures []struct{ Reason json.RawMessage }
		} `json:"_shards"`
		Hits struct {
			Hits []struct {
				Source object `json:"_source"`
			}
		}
	}
	if err := e.post(ctx, "/_search", object{"size": mostLines, "query": query, "sort": sort}, &answer); err != nil {
		return nil, err
	}
	if failures := answer.Shards.Failures; len(failures) > 0 {
		return nil, fmt.Errorf("%d shards did not answer, one of them because of %s", len(failures), failures[0].Reason)
	}
	for _, hit := range answer.Hits.Hits {
		line := Line{}
		line.add("", hit.Source)
		lines = append(lines, line)
	}
	return lines, nil
}

// add adds fields under their full names: a log shipper may have turned "trace.id" into an id within a trace.
func (l Line) add(prefix string, fields object) {
	for name, value := range fields {
		if nested, ok := value.(object); ok {
			l.add(prefix+name+".", nested)
			continue
		}
		l[prefix+name] = value
	}
}
