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
	fieldUserID       = "user_id"    // of a booking
	fieldDocument     = "document"   // only stored: the JSON of the event or booking, as a string that stays as it is
)

// maxWordLength is how long, in characters, a word may be that is found. Elasticsearch refuses documents with words much longer.
const maxWordLength = 1000

// newDefinition returns the settings and the mapping of an index.
func newDefinition() object {
	properties := object{
		fieldKey:    object{"type": "keyword"},
		fieldKind:   object{"type": "keyword"},
		fieldUserID: object{"type": "keyword", "doc_values": false},
	}
	for _, field := range []string{fieldName, fieldLocationName, fieldHall, fieldCountry, fieldEventName} {
		properties[field] = object{"type": "keyword", "doc_values": false, "ignore_above": maxWordLength}
	}
	return object{
		"settings": object{
			"number_of_shards":     1,     // events and their bookings are few beside what a shard holds
			"auto_expand_replicas": "0-1", // as soon as there is a second node
		},
		"mappings": object{"dynamic": false, "properties": properties},
	}
}

// fields returns what is stored of a document.
func fields(a analysis.Analyzer, d search.Document) object {
	stored := object{fieldKey: d.Key(), fieldKind: d.Kind, fieldDocument: string(d.Data)}
	for field, text := range texts(d) {
		stored[field] = matching.Words(a, text)
	}
	if d.Booking != nil {
		stored[fieldUserID] = d.Booking.UserID
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
