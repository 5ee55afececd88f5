package bleve

import (
	"fmt"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/unicodenorm"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/mapping"

	"github.com/myevents/myevents/services/search"
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

// words is the analyzer of names: words as Unicode divides text, in lower case and one normal form. It drops no word
// as too frequent, because names such as "The Who" are made of them, and cuts no endings, because names have none.
const words = "words"

// newMapping says how the fields of events are indexed.
func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomTokenFilter("nfkc", map[string]any{"type": unicodenorm.Name, "form": unicodenorm.NFKC}); err != nil {
		return nil, fmt.Errorf("define token filter: %w", err)
	}
	if err := m.AddCustomAnalyzer(words, map[string]any{
		"type": custom.Name, "tokenizer": unicode.Name, "token_filters": []string{"nfkc", lowercase.Name},
	}); err != nil {
		return nil, fmt.Errorf("define analyzer: %w", err)
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
	return &mapping.FieldMapping{Type: "text", Analyzer: words, Index: true, Store: true, IncludeTermVectors: true}
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
