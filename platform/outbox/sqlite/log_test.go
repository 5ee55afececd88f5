package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/outbox"
	outboxsqlite "github.com/myevents/myevents/platform/outbox/sqlite"
	"github.com/myevents/myevents/platform/sqlite"
)

func open(t *testing.T) (*sqlite.DB, *outboxsqlite.Log) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "log.db"), Service: "log", Schema: outboxsqlite.Schema,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, outboxsqlite.NewLog(db)
}

func event(t *testing.T, id string) cloudevent.Event {
	t.Helper()
	e, err := cloudevent.New(id, "/log", "thing.changed", "thing", time.Date(2031, 5, 17, 12, 0, 0, 0, time.UTC), "line\nbreak\ttab")
	require.NoError(t, err)
	return e
}

// appendRow appends one message for each letter of ids.
func appendRow(t *testing.T, db *sqlite.DB, log *outboxsqlite.Log, topic, ids string) {
	t.Helper()
	var events []cloudevent.Event
	for _, id := range ids {
		events = append(events, event(t, string(id)))
	}
	require.NoError(t, db.Write(t.Context(), func(tx *sqlite.Tx) error { return log.Append(tx, topic, events...) }))
}

func ids(entries []outbox.Entry) (s string) {
	for _, e := range entries {
		s += e.ID
	}
	return s
}

func TestReadReturnsWhatWasAppended(t *testing.T) {
	t.Parallel()
	db, log := open(t)
	e := event(t, "a")
	e.Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	require.NoError(t, db.Write(t.Context(), func(tx *sqlite.Tx) error { return log.Append(tx, "things", e) }))
	entries, err := log.Read(t.Context(), 0, 10)
	require.NoError(t, err)
	document, err := e.Encode()
	require.NoError(t, err)
	want := outbox.NewEntry("things", e, document)
	want.Seq = entries[0].Seq
	require.Equal(t, []outbox.Entry{want}, entries)
}

func TestEveryPositionIsAPlaceToGoOnFrom(t *testing.T) {
	t.Parallel()
	db, log := open(t)
	appendRow(t, db, log, "things", "abc")
	appendRow(t, db, log, "things", "d")
	appendRow(t, db, log, "others", "efgh")
	all, err := log.Read(t.Context(), 0, 100)
	require.NoError(t, err)
	require.Equal(t, "abcdefgh", ids(all))
	for i, e := range all {
		for limit := 1; limit < 10; limit++ {
			entries, err := log.Read(t.Context(), e.Seq, limit)
			require.NoError(t, err)
			require.Equal(t, ids(all[i+1:min(len(all), i+1+limit)]), ids(entries))
		}
		pending, _, err := log.Pending(t.Context(), e.Seq)
		require.NoError(t, err)
		require.Equal(t, len(all)-i-1, pending)
	}
	pending, oldest, err := log.Pending(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, len(all), pending)
	require.Equal(t, event(t, "a").Time, oldest)
}

func TestMessageTooLargeForBrokersIsRefused(t *testing.T) {
	t.Parallel()
	db, log := open(t)
	e := event(t, "large")
	e.Data = []byte(`"` + strings.Repeat("x", cloudevent.MaxSize) + `"`)
	require.ErrorContains(t, db.Write(t.Context(), func(tx *sqlite.Tx) error { return log.Append(tx, "things", e) }), "limit")
	entries, err := log.Read(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestCursorIsKept(t *testing.T) {
	t.Parallel()
	_, log := open(t)
	for _, want := range []int64{0, 7, 1 << 40} {
		if want > 0 {
			require.NoError(t, log.SaveCursor(t.Context(), want))
		}
		got, err := log.Cursor(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}
