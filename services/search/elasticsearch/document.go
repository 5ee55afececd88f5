package elasticsearch

import (
	"encoding/json"

	"github.com/blevesearch/bleve/v2/analysis"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// object is a JSON object.
type object = map[string]any

// encode returns the JSON of objects and lists of strings, numbers and raw JSON, which cannot fail.
func encode(v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encoded
}

// The names of the fields. Those of text are names of the API too: highlights come back under them.
const (
	fieldKey          = "key" // the _id, which cannot be sorted by
	fieldKind         = "kind"
	fieldName         = "name"
	fieldLocationName = "location_name"
	fieldHall         = "hall"
	fieldCountry      = "country"
	fieldEventName    = "event_name" // of a booking
	fieldIn           = "in"         // of an event, the country again, as a filter has it
	fieldMonth        = "month"      // of an event, in which it starts
	fieldStarts       = "starts"     // of an event, in Unix microseconds
	fieldUserID       = "user_id"    // of a booking
	fieldDocument     = "document"   // only stored: the JSON of the event or booking, as a string that stays as it is
)

// placeFields returns the fields with what events are sorted by.
func placeFields() map[search.Sort]string {
	return map[search.Sort]string{
		search.SortStarts: "by_start", search.SortLatest: "by_start", search.SortPrice: "by_price", search.SortName: "by_name",
	}
}

// maxWordLength is how long, in characters, a word may be that is found. Elasticsearch refuses documents with words much longer.
const maxWordLength = 1000

// newDefinition returns the settings and the mapping of an index.
func newDefinition() object {
	return object{
		"settings": object{
			"number_of_shards":     1,     // events and their bookings are few beside what a shard holds
			"auto_expand_replicas": "0-1", // as soon as there is a second node
		},
		"mappings": newMapping(),
	}
}

// newMapping says how the fields are indexed. A field that is there must stay as it is; new ones may be added, see upgrade.
func newMapping() object {
	properties := object{
		fieldKey:    object{"type": "keyword"},
		fieldKind:   object{"type": "keyword"},
		fieldUserID: object{"type": "keyword", "doc_values": false},
		fieldIn:     object{"type": "keyword"},
		fieldMonth:  object{"type": "keyword"},
		fieldStarts: object{"type": "long"},
	}
	for _, field := range placeFields() {
		properties[field] = object{"type": "keyword"}
	}
	for _, field := range []string{fieldName, fieldLocationName, fieldHall, fieldCountry, fieldEventName} {
		properties[field] = object{"type": "keyword", "doc_values": false, "ignore_above": maxWordLength}
	}
	return object{"dynamic": false, "properties": properties}
}

// fields returns what is stored of a document.
func fields(a analysis.Analyzer, d search.Document) object {
	stored := object{fieldKey: d.Key(), fieldKind: d.Kind, fieldDocument: string(d.Data)}
	for field, text := range texts(d) {
		stored[field] = matching.Words(a, text)
	}
	if d.Booking != nil {
		stored[fieldUserID] = d.Booking.UserID
		return stored
	}
	stored[fieldIn], stored[fieldMonth] = d.Event.Country, search.MonthOf(d.Event.StartsAt)
	stored[fieldStarts] = d.Event.StartsAt.UnixMicro()
	for by, field := range placeFields() {
		stored[field] = matching.Place(a, by, *d.Event)
	}
	return stored
}

// texts returns what people find a document by.
func texts(d search.Document) map[string]string {
	if d.Booking != nil {
		return map[string]string{fieldEventName: d.Booking.EventName}
	}
	return map[string]string{
		fieldName: d.Event.Name, fieldLocationName: d.Event.LocationName, fieldHall: d.Event.Hall, fieldCountry: d.Event.Country,
	}
}
