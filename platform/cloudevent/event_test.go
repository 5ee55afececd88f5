package cloudevent_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/platform/cloudevent"
)

func TestDecodeReturnsWhatWasEncoded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		payload, err := e.Encode()
		require.NoError(t, err)
		decoded, err := cloudevent.Decode(payload)
		require.NoError(t, err)
		require.Equal(t, normal(e), normal(decoded))
	})
}

func TestDecodeNamesTheAttributeThatIsWrong(t *testing.T) {
	t.Parallel()
	const whole = `{"specversion":"1.0","id":"1","source":"/s","type":"a.b","subject":"x","time":"2026-01-01T00:00:00Z","data":{}}`
	_, err := cloudevent.Decode([]byte(whole))
	require.NoError(t, err)
	for attribute, part := range map[string]string{
		"specversion": `"specversion":"1.0",`, "id": `"id":"1",`, "source": `"source":"/s",`, "type": `"type":"a.b",`,
		"subject": `"subject":"x",`, "data": `,"data":{}`,
	} {
		_, err := cloudevent.Decode([]byte(strings.Replace(whole, part, "", 1)))
		require.ErrorContains(t, err, attribute)
	}
	for name, wrong := range map[string]string{
		"specversion": strings.Replace(whole, "1.0", "0.3", 1), "id": strings.Replace(whole, `"1",`, `1,`, 1),
		"time": strings.Replace(whole, "2026-01-01T", "", 1),
	} {
		_, err := cloudevent.Decode([]byte(wrong))
		require.Error(t, err, name)
	}
}

func TestEncodeRefusesWhatNoBrokerTakes(t *testing.T) {
	t.Parallel()
	e := cloudevent.Event{ID: "1", Source: "/s", Type: "a.b", Subject: "x"}
	_, err := e.Encode()
	require.ErrorContains(t, err, "data")

	room := cloudevent.MaxSize - len(encoded(t, "", `""`))
	require.Len(t, encoded(t, "", `"`+strings.Repeat("x", room)+`"`), cloudevent.MaxSize, "the limit itself is allowed")
	e.Data = json.RawMessage(`"` + strings.Repeat("x", cloudevent.MaxSize) + `"`)
	_, err = e.Encode()
	require.ErrorContains(t, err, "limit")
}

// FuzzDecode looks for a document that is accepted but cannot be passed on.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"specversion":"1.0","id":"1","source":"/s","type":"a.b","subject":"x","time":"2026-01-01T00:00:00Z","data":{"a":[1,"<"]}}`,
		`{"specversion":"1.0","traceparent":"` + oldTrace + `","id":"1","source":"/s","type":"a.b","subject":"x","data":null}`,
		`{"specversion":"1.0"`, `[]`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := cloudevent.Decode(body)
		if err != nil || e.Time.UTC().Year() > 9999 { // RFC 3339 has no such year: only another time zone could write it
			return
		}
		payload, err := e.Encode()
		if err != nil {
			require.Greater(t, len(body), cloudevent.MaxSize/6, "only what grows by escaping may become too large: %v", err)
			return
		}
		again, err := cloudevent.Decode(payload)
		require.NoError(t, err)
		require.Equal(t, normal(e), normal(again))

		traced, err := cloudevent.Decode(cloudevent.SetTrace(bytes.Clone(payload), newTrace))
		require.NoError(t, err)
		require.Contains(t, []string{newTrace, e.Trace}, traced.Trace, "the trace is set, or there was no room for it")
	})
}
