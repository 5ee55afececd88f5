package bleve

import (
	"fmt"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/mapping"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// The names of the fields. Those of text are names of the API too: highlights come back under them.
const (
	fieldName         = "name"
	fieldLocationName = "location_name"
	fieldHall         = "hall"
	fieldCountry      = "country"
	fieldVersion      = "version"  // only stored
	fieldDocument     = "document" // only stored: the JSON of the event

	fieldEventName = "event_name" // of a booking, which is in no index
)

// newMapping says how the fields of events are indexed.
func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	if err := matching.Define(m); err != nil {
		return nil, err
	}
	m.DefaultMapping = bleve.NewDocumentStaticMapping()
	for _, field := range []string{fieldName, fieldLocationName, fieldHall, fieldCountry} {
		m.DefaultMapping.AddFieldMappingsAt(field, textField())
	}
	m.DefaultMapping.AddFieldMappingsAt(fieldVersion, storedField())
	m.DefaultMapping.AddFieldMappingsAt(fieldDocument, storedField())
	return m, nil
}

// textField is searched and highlighted, which takes the text and the places of its words.
func textField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: matching.Analyzer, Index: true, Store: true, IncludeTermVectors: true}
}

func storedField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: keyword.Name, Store: true}
}

// fields returns what is indexed of an event.
func fields(d search.Document) map[string]any {
	return map[string]any{
		fieldName: d.Event.Name, fieldLocationName: d.Event.LocationName, fieldHall: d.Event.Hall, fieldCountry: d.Event.Country,
		fieldVersion: fmt.Sprint(d.Version), fieldDocument: string(d.Data),
	}
}
