package doors

import "context"

// mostLines is how many lines one search asks for: the most that Elasticsearch gives without paging.
const mostLines = 10_000

// Elasticsearch searches the log lines that were shipped to an Elasticsearch.
type Elasticsearch struct{ *api }

// NewElasticsearch returns the Elasticsearch at the URL, which may name indexes: http://search:9200/logs-*.
func NewElasticsearch(base string) *Elasticsearch { return &Elasticsearch{newAPI(base)} }

type object = map[string]any

// Find searches for the phrases, which works whatever the fields' mapping is, and keeps the lines with just these values.
func (e *Elasticsearch) Find(ctx context.Context, fields map[string]string) ([]Line, error) {
	phrases := []object{}
	for name, value := range fields {
		phrases = append(phrases, object{"match_phrase": object{name: value}})
	}
	search := object{
		"size": mostLines, "query": object{"bool": object{"filter": phrases}},
		"sort": []object{{"@timestamp": object{"order": "asc", "unmapped_type": "date"}}},
	}
	var answer struct {
		Hits struct {
			Hits []struct {
				Source object `json:"_source"`
			}
		}
	}
	if err := e.post(ctx, "/_search", search, &answer); err != nil {
		return nil, err
	}
	var lines []Line
	for _, hit := range answer.Hits.Hits {
		line := Line{}
		line.add("", hit.Source)
		if line.has(fields) {
			lines = append(lines, line)
		}
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
