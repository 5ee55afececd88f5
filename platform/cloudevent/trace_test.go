package cloudevent_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/platform/cloudevent"
)

const (
	oldTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	newTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
)

func TestSetTraceChangesTheTraceAndNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := drawEvent(t)
		trace := rapid.StringMatching(`[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|[0-9a-f-]{1,80}`).Draw(t, "traceparent")
		payload, err := before.Encode()
		require.NoError(t, err)

		after, err := cloudevent.Decode(cloudevent.SetTrace(payload, trace))

		require.NoError(t, err)
		want := before
		want.Trace = trace
		require.Equal(t, normal(want), normal(after))
	})
}

func TestSetTraceWritesIntoAPayloadThatIsTraced(t *testing.T) {
	payload := encoded(t, oldTrace, `{"a":1}`)
	allocations := testing.AllocsPerRun(100, func() { cloudevent.SetTrace(payload, newTrace) })

	require.Zero(t, allocations)
	e, err := cloudevent.Decode(payload)
	require.NoError(t, err)
	require.Equal(t, newTrace, e.Trace)
}

func TestSetTraceLeavesAnUntracedPayloadAlone(t *testing.T) {
	t.Parallel()
	payload := encoded(t, "", `{"a":1}`)
	before := string(payload)

	traced := cloudevent.SetTrace(payload, newTrace)

	require.NotEqual(t, before, string(traced))
	require.Equal(t, before, string(payload), "inserting makes a copy")
}

func TestSetTraceReturnsThePayloadUnchanged(t *testing.T) {
	t.Parallel()
	room := cloudevent.MaxSize - len(encoded(t, "", `""`))
	full := string(encoded(t, "", `"`+strings.Repeat("x", room)+`"`))
	for name, c := range map[string]struct{ payload, traceparent string }{
		"nothing":                     {"", newTrace},
		"not a document":              {`hello`, newTrace},
		"another document":            {`{"id":"1"}`, newTrace},
		"another version":             {`{"specversion":"0.3","id":"1"}`, newTrace},
		"a trace that never ends":     {`{"specversion":"1.0","traceparent":"00-`, newTrace},
		"a trace that ends in escape": {`{"specversion":"1.0","traceparent":"\`, newTrace},
		"no new trace":                {string(encoded(t, oldTrace, `1`)), ""},
		"a new trace to be escaped":   {string(encoded(t, oldTrace, `1`)), `00-"-\`},
		"no room for a trace":         {full, newTrace},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.payload, string(cloudevent.SetTrace([]byte(c.payload), c.traceparent)))
		})
	}
}

func BenchmarkSetTrace(b *testing.B) {
	e := cloudevent.Event{ID: "1", Source: "/booking", Type: "booking.confirmed", Subject: "s", Trace: oldTrace, Data: json.RawMessage(`{}`)}
	payload, err := e.Encode()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		cloudevent.SetTrace(payload, newTrace)
	}
}

func encoded(t *testing.T, trace, data string) []byte {
	t.Helper()
	e := cloudevent.Event{
		ID: "1", Source: "/booking", Type: "booking.confirmed", Subject: "s", Trace: trace, Data: json.RawMessage(data),
		Time: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC),
	}
	payload, err := e.Encode()
	require.NoError(t, err)
	return payload
}

// drawEvent draws any event that can be encoded.
func drawEvent(t *rapid.T) cloudevent.Event {
	text := rapid.StringN(1, 40, 200)
	data, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.Int()).Draw(t, "data"))
	require.NoError(t, err)
	return cloudevent.Event{
		ID: text.Draw(t, "id"), Source: text.Draw(t, "source"), Type: text.Draw(t, "type"), Subject: text.Draw(t, "subject"),
		Time:  time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).UTC(),
		Trace: rapid.OneOf(rapid.Just(""), rapid.Just(oldTrace), rapid.Just(`"\`), rapid.String()).Draw(t, "trace"),
		State: rapid.OneOf(rapid.Just(""), rapid.String()).Draw(t, "state"),
		Data:  data,
	}
}

// normal returns the event as JSON, in which equal instants are equal whatever their representation.
func normal(e cloudevent.Event) string {
	encoded, _ := json.Marshal(e)
	return string(encoded)
}
