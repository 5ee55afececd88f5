package cloudevent

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sample is a message as the booking service writes it.
func sample() Event {
	return Event{
		ID: "0198c0de-0000-7000-8000-000000000001.1", Source: "/booking", Type: "booking.confirmed", Subject: "0198c0de-0000-7000",
		Time:  time.Date(2026, 11, 22, 4, 45, 0, 123000, time.UTC),
		Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		Data:  json.RawMessage(`{"id":"0198c0de","event_name":"Jazz Night é","seats":2,"inventory":{"version":7,"seats_taken":14}}`),
	}
}

// Documents that are not plain, because of one thing each.
func others() map[string]Event {
	others := map[string]Event{}
	for name, change := range map[string]func(*Event){
		"quote":         func(e *Event) { e.Subject = `a"b` },
		"backslash":     func(e *Event) { e.Source = `a\b` },
		"angle bracket": func(e *Event) { e.Type = "a<b" },
		"not ASCII":     func(e *Event) { e.ID = "é" },
		"html in data":  func(e *Event) { e.Data = json.RawMessage(`{"a":"<b>"}`) },
		"line feed":     func(e *Event) { e.Data = json.RawMessage("{\"a\":\n1}") },
		"separator":     func(e *Event) { e.Data = json.RawMessage("{\"a\":\"\u2028\"}") },
	} {
		e := sample()
		change(&e)
		others[name] = e
	}
	return others
}

func TestPlainDocumentsAreByteForByteWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	e := sample()
	for _, change := range []func(){func() {}, func() { e.Trace = "" }, func() { e.State = "a=1,b=2" }, func() { e.Time = time.Time{} }} {
		change()
		plain, ok := e.encodePlain()
		require.True(t, ok)
		general, err := e.encode()
		require.NoError(t, err)
		require.Equal(t, string(general), string(plain))

		fast, ok := decodePlain(plain)
		require.True(t, ok)
		slow, err := decode(plain)
		require.NoError(t, err)
		require.Equal(t, slow, fast)
	}
}

func TestWhatIsNotPlainTakesTheGeneralWay(t *testing.T) {
	t.Parallel()
	for name, e := range others() {
		_, plain := e.encodePlain()
		require.False(t, plain, name)
		body, err := e.Encode()
		require.NoError(t, err, name)
		decoded, err := Decode(body)
		require.NoError(t, err, name)
		require.Equal(t, e.Subject+e.Source+e.Type+e.ID, decoded.Subject+decoded.Source+decoded.Type+decoded.ID, name)
	}
}

// FuzzDecodePlain looks for a document that the two ways read differently.
func FuzzDecodePlain(f *testing.F) {
	plain, _ := sample().encodePlain()
	f.Add(plain)
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"x","time":"2026-01-01T00:00:00Z",` +
		`"datacontenttype":"application/json","data":{},"type":"other"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fast, ok := decodePlain(body)
		if !ok {
			return
		}
		slow, err := decode(body)
		require.Equal(t, err, fast.check())
		require.Equal(t, slow, fast)
	})
}

// FuzzValid looks for something that is taken for JSON and is none.
func FuzzValid(f *testing.F) {
	for _, text := range []string{
		string(sample().Data), `[]`, `{}`, `[1,-0,0.5,10.25]`, `[true,false,null]`, `"a\n\\\"b"`, `{"a":[{"b":[]}]}`,
		`01`, `1.`, `-`, `.5`, `[1,]`, `{"a":1,}`, `{"a"}`, `{a:1}`,
		`"a`, `"\`, `"\x"`, "\"\n\"", `tru`, `1 2`, `]`, `[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		if valid(p) {
			require.True(t, json.Valid(p), "%q", p)
		}
	})
}

func TestOurDataIsSeenToBeValid(t *testing.T) {
	t.Parallel()
	for _, text := range []string{string(sample().Data), `{}`, `[]`, `[1,-0,0.5,10.25,"a\n\"b",true,false,null]`, `{"a":[{"b":[[]]}]}`} {
		require.True(t, valid([]byte(text)), text)
	}
}

func BenchmarkEncode(b *testing.B) {
	e := sample()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = e.Encode()
	}
}

func BenchmarkDecode(b *testing.B) {
	body, _ := sample().Encode()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Decode(body)
	}
}

// encoded is data that is encoded already.
type encoded string

func (d encoded) AppendJSON(to []byte) ([]byte, error) { return append(to, d...), nil }

func TestEncodeWithIsEncode(t *testing.T) {
	t.Parallel()
	events := others()
	events["plain"] = sample()
	events["untraced"] = sample()
	for name, e := range events {
		if name == "untraced" {
			e.Trace = ""
		}
		data, err := json.Marshal(e.Data) // as an Appender writes it
		require.NoError(t, err, name)
		want, err := e.Encode()
		require.NoError(t, err, name)
		e.Data = nil
		got, err := e.EncodeWith(encoded(data))
		require.NoError(t, err, name)
		require.Equal(t, string(want), string(got), name)
	}
}

func TestEncodeWithRefusesWhatEncodeRefuses(t *testing.T) {
	t.Parallel()
	nameless := sample()
	nameless.ID = ""
	_, err := nameless.EncodeWith(encoded("{}"))
	require.ErrorContains(t, err, "id is missing")
	_, err = sample().EncodeWith(encoded(`"` + strings.Repeat("x", MaxSize) + `"`))
	require.ErrorContains(t, err, "limit")
}
