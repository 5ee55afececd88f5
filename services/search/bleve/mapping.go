package bleve

import (
	"fmt"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
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
	fieldIn           = "in"       // the country again, as a filter has it
	fieldMonth        = "month"    // in which the event starts
	fieldInMonth      = "in_month" // both of them, which are counted together
	fieldStarts       = "starts"   // when the event starts, a number
	fieldVersion      = "version"  // only stored
	fieldDocument     = "document" // only stored: the JSON of the event

	fieldEventName = "event_name" // of a booking, which is in no index
)

// placeFields returns the fields with what events are sorted by.
func placeFields() map[search.Sort]string {
	return map[search.Sort]string{
		search.SortStarts: "by_start", search.SortLatest: "by_start", search.SortPrice: "by_price", search.SortName: "by_name",
	}
}

// newMapping says how the fields of events are indexed.
func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	if err := matching.Define(m); err != nil {
		return nil, err
	}
	m.DefaultMapping = bleve.NewDocumentStaticMapping()
	for _, field := range textFields() {
		m.DefaultMapping.AddFieldMappingsAt(field, textField())
	}
	for _, field := range []string{fieldIn, fieldMonth} {
		m.DefaultMapping.AddFieldMappingsAt(field, filterField())
	}
	m.DefaultMapping.AddFieldMappingsAt(fieldInMonth, valueField())
	for _, field := range placeFields() {
		if m.DefaultMapping.Properties[field] == nil { // two orders may have the same places
			m.DefaultMapping.AddFieldMappingsAt(field, valueField())
		}
	}
	m.DefaultMapping.AddFieldMappingsAt(fieldStarts, &mapping.FieldMapping{Type: "number", Index: true})
	m.DefaultMapping.AddFieldMappingsAt(fieldVersion, storedField())
	m.DefaultMapping.AddFieldMappingsAt(fieldDocument, storedField())
	return m, nil
}

// textField is searched and highlighted, which takes the text and the places of its words.
func textField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: matching.Analyzer, Index: true, Store: true, IncludeTermVectors: true}
}

// filterField is searched for as a whole.
func filterField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: keyword.Name, Index: true}
}

// valueField is counted or sorted by.
func valueField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: keyword.Name, Index: true, DocValues: true}
}

func storedField() *mapping.FieldMapping {
	return &mapping.FieldMapping{Type: "text", Analyzer: keyword.Name, Store: true}
}

// fields returns what is indexed of an event.
func fields(a analysis.Analyzer, d search.Document) map[string]any {
	month := search.MonthOf(d.Event.StartsAt)
	all := map[string]any{
		fieldName: d.Event.Name, fieldLocationName: d.Event.LocationName, fieldHall: d.Event.Hall, fieldCountry: d.Event.Country,
		fieldIn: d.Event.Country, fieldMonth: month, fieldInMonth: d.Event.Country + "/" + month, fieldStarts: instant(d.Event.StartsAt),
		fieldVersion: fmt.Sprint(d.Version), fieldDocument: string(d.Data),
	}
	for by, field := range placeFields() {
		all[field] = matching.Place(a, by, *d.Event)
	}
	return all
}

// instant is exact until the year 2255.
func instant(t time.Time) float64 { return float64(t.UnixMicro()) }
