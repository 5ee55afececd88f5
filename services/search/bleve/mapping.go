package bleve

import (
	"encoding/json"
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

// The names of the indexed fields. Those of text are names of the API too: highlights come back under them.
const (
	fieldName         = "name"
	fieldLocationName = "location_name"
	fieldHall         = "hall"
	fieldCountry      = "country"
	fieldEventName    = "event_name"
	fieldUserID       = "user_id"
	fieldVersion      = "version"  // only stored
	fieldDocument     = "document" // only stored: the JSON of the event or booking
)

// words is the analyzer of names: words as Unicode divides text, in lower case and one normal form. It drops no word
// as too frequent, because names such as "The Who" are made of them, and cuts no endings, because names have none.
const words = "words"

// newMapping says how fields are indexed. Fields of events and of bookings have different names, so that a search in
// the ones never meets the others.
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
	for _, field := range []string{fieldName, fieldLocationName, fieldHall, fieldCountry, fieldEventName} {
		m.DefaultMapping.AddFieldMappingsAt(field, textField())
	}
	m.DefaultMapping.AddFieldMappingsAt(fieldUserID, keywordField())
	m.DefaultMapping.AddFieldMappingsAt(fieldVersion, storedField())
	m.DefaultMapping.AddFieldMappingsAt(fieldDocument, storedField())
	return m, nil
}

// textField is searched and highlighted, which takes the text and the places of its words.
func textField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: words, Index: true, Store: true, IncludeTermVectors: true}
}

// keywordField is only compared as a whole.
func keywordField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: keyword.Name, Index: true, SkipFreqNorm: true}
}

func storedField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: keyword.Name, Store: true}
}

// fields returns what is indexed of a document.
func fields(d search.Document) (map[string]any, error) {
	var (
		indexed map[string]any
		encoded []byte
		err     error
	)
	switch {
	case d.Event != nil:
		indexed = map[string]any{
			fieldName: d.Event.Name, fieldLocationName: d.Event.LocationName, fieldHall: d.Event.Hall, fieldCountry: d.Event.Country,
		}
		encoded, err = json.Marshal(d.Event)
	case d.Booking != nil:
		indexed = map[string]any{fieldEventName: d.Booking.EventName, fieldUserID: d.Booking.UserID}
		encoded, err = json.Marshal(d.Booking)
	default:
		return nil, fmt.Errorf("document %s is neither an event nor a booking", d.Key())
	}
	if err != nil {
		return nil, fmt.Errorf("encode document %s: %w", d.Key(), err)
	}
	indexed[fieldVersion] = fmt.Sprint(d.Version)
	indexed[fieldDocument] = string(encoded)
	return indexed, nil
}
