package contracts_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
)

// example is a message as its owner publishes it, with every optional field.
type example struct {
	topic, source, subject string
	data                   any
}

func examples() map[string]example {
	event := contracts.Event{
		ID: "e-1", Version: 1, OrganizerID: "u-1", Name: "Jazz night", StartsAt: instant(20), EndsAt: instant(23), LocationID: "l-1",
		LocationName: "Harbour House", Country: "DE", Hall: "Great Hall", Capacity: 500,
		Price: contracts.Money{Amount: 4500, Currency: "EUR"}, Status: contracts.EventScheduled,
	}
	changed, cancelled := event, event
	changed.Version = 2
	cancelled.Version, cancelled.Status = 3, contracts.EventIsCancelled

	location := contracts.Location{
		ID: "l-1", Version: 1, OrganizerID: "u-1", Name: "Harbour House", Address: "Kai 1, Hamburg", Country: "DE",
		OpeningHours: &contracts.OpeningHours{Opens: "09:00", Closes: "23:00"}, Halls: []contracts.Hall{{Name: "Great Hall", Capacity: 500}},
	}
	moved := location
	moved.Version = 2

	confirmed := contracts.Booking{
		ID: "b-1", Version: 1, EventID: "e-1", EventName: "Jazz night", StartsAt: instant(20), UserID: "u-2", Seats: 2,
		Status: contracts.StatusConfirmed, CreatedAt: instant(8), Inventory: contracts.Inventory{Version: 7, SeatsTaken: 12},
	}
	rejected, returned := confirmed, confirmed
	rejected.Status, rejected.Reason = contracts.StatusRejected, "sold-out"
	returned.Version, returned.Status = 2, contracts.StatusCancelled

	return map[string]example{
		contracts.EventCreated:     {contracts.TopicEvent, "/event", event.ID, event},
		contracts.EventChanged:     {contracts.TopicEvent, "/event", event.ID, changed},
		contracts.EventCancelled:   {contracts.TopicEvent, "/event", event.ID, cancelled},
		contracts.LocationCreated:  {contracts.TopicLocation, "/event", location.ID, location},
		contracts.LocationChanged:  {contracts.TopicLocation, "/event", location.ID, moved},
		contracts.BookingConfirmed: {contracts.TopicBooking, "/booking", event.ID, confirmed},
		contracts.BookingRejected:  {contracts.TopicBooking, "/booking", event.ID, rejected},
		contracts.BookingCancelled: {contracts.TopicBooking, "/booking", event.ID, returned},
		contracts.UserRegistered:   {contracts.TopicUser, "/identity", "u-2", contracts.User{ID: "u-2", Roles: []string{"customer"}}},
		contracts.SessionRevoked: {
			contracts.TopicSession, "/identity", "s-1", contracts.Session{ID: "s-1", UserID: "u-2", Expires: instant(9)},
		},
	}
}

func instant(hour int) time.Time { return time.Date(2026, 11, 5, hour, 30, 0, 0, time.UTC) }

func TestEveryMessageMatchesItsSchema(t *testing.T) {
	t.Parallel()
	schemas := compile(t)
	for typ, x := range examples() {
		require.NoError(t, schemas[typ].Validate(document(t, typ, x)), typ)
	}
}

func TestSchemasRefuseUnknownFields(t *testing.T) {
	t.Parallel()
	schemas := compile(t)
	for typ, x := range examples() {
		for path := range fields(document(t, typ, x), "") {
			parent := path[:strings.LastIndex(path, "/")]
			changed := document(t, typ, x)
			object(t, changed, parent)["unknown"] = true
			require.Error(t, schemas[typ].Validate(changed), "%s with %s/unknown", typ, parent)
		}
	}
}

func TestSchemasRequireEveryFieldThatIsNotOptional(t *testing.T) {
	t.Parallel()
	schemas := compile(t)
	optional := map[string]bool{"/traceparent": true, "/tracestate": true, "/data/opening_hours": true}
	for typ, x := range examples() {
		for path := range fields(document(t, typ, x), "") {
			cut := strings.LastIndex(path, "/")
			changed := document(t, typ, x)
			delete(object(t, changed, path[:cut]), path[cut+1:])
			err := schemas[typ].Validate(changed)
			require.Equal(t, optional[path], err == nil, "%s without %s: %v", typ, path, err)
		}
	}
}

func TestSchemasTellMessagesApart(t *testing.T) {
	t.Parallel()
	schemas := compile(t)
	for typ, x := range examples() {
		for other := range examples() {
			err := schemas[other].Validate(document(t, typ, x))
			require.Equal(t, typ == other, err == nil, "%s as %s", typ, other)
		}
	}
}

func TestSchemasRefuseWrongValues(t *testing.T) {
	t.Parallel()
	schemas := compile(t)
	for _, c := range []struct {
		typ, path string
		value     any
	}{
		{contracts.EventCreated, "/specversion", "0.3"},
		{contracts.EventCreated, "/id", ""},
		{contracts.EventCreated, "/time", "2026-11-05"},
		{contracts.EventCreated, "/time", "2026-11-05T20:30:00+01:00"},
		{contracts.EventCreated, "/traceparent", "00-1-2-01"},
		{contracts.EventCreated, "/data/version", 0},
		{contracts.EventCreated, "/data/capacity", 0},
		{contracts.EventCreated, "/data/country", "Germany"},
		{contracts.EventCreated, "/data/price/amount", -1},
		{contracts.EventCreated, "/data/price/amount", 45.5},
		{contracts.EventCreated, "/data/price/currency", "€"},
		{contracts.EventChanged, "/data/status", "cancelled"},
		{contracts.LocationCreated, "/data/halls", []any{}},
		{contracts.LocationCreated, "/data/opening_hours/opens", "9:00"},
		{contracts.BookingConfirmed, "/data/seats", 0},
		{contracts.BookingConfirmed, "/data/reason", "sold-out"},
		{contracts.BookingConfirmed, "/data/starts_at", "tomorrow"},
		{contracts.UserRegistered, "/data/roles", []any{"root"}},
	} {
		changed := document(t, c.typ, examples()[c.typ])
		cut := strings.LastIndex(c.path, "/")
		object(t, changed, c.path[:cut])[c.path[cut+1:]] = c.value
		require.Error(t, schemas[c.typ].Validate(changed), "%s with %s %v", c.typ, c.path, c.value)
	}
}

func TestEveryMessageTypeHasASchema(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("schemas/*.*.json")
	require.NoError(t, err)
	var types []string
	for _, file := range files {
		types = append(types, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	require.ElementsMatch(t, messageTypes(t), types)
	require.ElementsMatch(t, messageTypes(t), slices.Collect(maps.Keys(examples())))
}

// compile returns the schemas by the names of their files.
func compile(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	files, err := filepath.Glob("schemas/*.json")
	require.NoError(t, err)
	schemas := map[string]*jsonschema.Schema{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		require.NoError(t, compiler.AddResource(id(name), read(t, file)))
		schemas[name] = nil
	}
	for name := range schemas {
		schemas[name], err = compiler.Compile(id(name))
		require.NoError(t, err)
	}
	return schemas
}

func id(name string) string { return "urn:myevents:schema:" + name }

func read(t *testing.T, file string) any {
	t.Helper()
	content, err := os.Open(file)
	require.NoError(t, err)
	defer func() { require.NoError(t, content.Close()) }()
	value, err := jsonschema.UnmarshalJSON(content)
	require.NoError(t, err)
	return value
}

// document returns the message as consumers get it, decoded.
func document(t *testing.T, typ string, x example) map[string]any {
	t.Helper()
	e, err := cloudevent.New("m-1", x.source, typ, x.subject, instant(8), x.data)
	require.NoError(t, err)
	e.Trace, e.State = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "vendor=1"
	payload, err := e.Encode()
	require.NoError(t, err)
	var decoded map[string]any
	require.NoError(t, json.Unmarshal(payload, &decoded))
	return decoded
}

// fields returns the paths of all fields below the value, such as /data/halls/0/name.
func fields(value any, path string) map[string]bool {
	found := map[string]bool{}
	add := func(name string, value any) {
		maps.Copy(found, fields(value, path+"/"+name))
	}
	switch value := value.(type) {
	case map[string]any:
		for name, v := range value {
			found[path+"/"+name] = true
			add(name, v)
		}
	case []any:
		for i, v := range value {
			add(fmt.Sprint(i), v)
		}
	}
	return found
}

// object returns the object at the path.
func object(t *testing.T, value any, path string) map[string]any {
	t.Helper()
	for _, name := range strings.Split(path, "/")[1:] {
		switch container := value.(type) {
		case map[string]any:
			value = container[name]
		case []any:
			value = container[0]
		}
	}
	found, ok := value.(map[string]any)
	require.True(t, ok, path)
	return found
}
