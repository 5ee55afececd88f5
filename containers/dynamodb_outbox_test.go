package containers_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/outbox"
	dynamooutbox "github.com/myevents/myevents/platform/outbox/dynamodb"
)

// dynamoOutbox is one process's view of an outbox.
type dynamoOutbox struct {
	*dynamooutbox.Log
	t  *testing.T
	db *dynamodb.DB
}

func openDynamoOutbox(t *testing.T, url string, hook func(string) error) dynamoOutbox {
	t.Helper()
	db, err := dynamodb.Open(t.Context(), dynamodb.Options{URL: url, Service: "log", WriteHook: hook})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.EnsureTables(t.Context(), db.Table("")))
	return dynamoOutbox{dynamooutbox.NewLog(db, db.Table("")), t, db}
}

// commit commits, in as few transactions as it takes, a row for each name, with a message that has that name for its id.
func (o dynamoOutbox) commit(behind []dynamooutbox.Row, names ...dynamooutbox.Row) {
	o.t.Helper()
	for some := range slices.Chunk(names, dynamodb.MaxWrites) {
		var writes []dynamodb.Write
		for _, name := range some {
			e, err := cloudevent.New(string(name), "/log", "thing.changed", "thing", time.Now().UTC(), "data")
			require.NoError(o.t, err)
			document, err := e.Encode()
			require.NoError(o.t, err)
			writes = append(writes, o.Append(name, behind, []outbox.Entry{outbox.NewEntry("things", e, document)}))
		}
		require.NoError(o.t, o.db.Transact(o.t.Context(), writes...))
	}
	o.Committed()
}

// ids reads the whole log.
func (o dynamoOutbox) ids() (all []string) {
	o.t.Helper()
	for after := int64(0); ; {
		entries, err := o.Read(o.t.Context(), after, 250)
		require.NoError(o.t, err)
		if len(entries) == 0 {
			return all
		}
		for _, e := range entries {
			all = append(all, e.ID)
		}
		after = entries[len(entries)-1].Seq
	}
}

func TestOutboxOnDynamoDBKeepsTheOrderThatCommitsHad(t *testing.T) {
	t.Parallel()
	o := openDynamoOutbox(t, dynamoDBAt(t, t.TempDir()), nil)
	var early []dynamooutbox.Row
	for i := range 700 { // more than are looked at together
		early = append(early, dynamooutbox.Row(fmt.Sprintf("at-%03d", i)))
	}
	// The clock of one process is ahead: its rows have the names of rows to come.
	o.commit(nil, "late-1")
	o.commit([]dynamooutbox.Row{"late-1"}, "late-2")
	o.commit([]dynamooutbox.Row{"late-2", "late-1"}, early...)
	o.commit([]dynamooutbox.Row{"at-699"}, "at-699a")

	got := o.ids()
	require.Len(t, got, 703)
	require.Equal(t, []string{"late-1", "late-2"}, got[:2])
	require.Less(t, slices.Index(got, "at-699"), slices.Index(got, "at-699a"))
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(got))), 703, "each once")
}

func TestOutboxOnDynamoDBSurvivesACrashWhileItMoves(t *testing.T) {
	t.Parallel()
	names := []dynamooutbox.Row{"1", "2", "3"}
	for writes := range int64(5) { // a block, and the removal of three rows
		url := dynamoDBAt(t, t.TempDir())
		var left atomic.Int64
		left.Store(int64(len(names)))
		dying := openDynamoOutbox(t, url, func(string) error {
			if left.Add(-1) < 0 {
				return errGone
			}
			return nil
		})
		dying.commit(nil, names...)
		left.Store(writes)
		_, err := dying.Read(t.Context(), 0, 10)
		if writes < 4 {
			require.ErrorIs(t, err, errGone)
		}
		alive := openDynamoOutbox(t, url, nil)
		alive.commit([]dynamooutbox.Row{"3"}, "4")
		require.Equal(t, []string{"1", "2", "3", "4"}, alive.ids(), "after %d writes", writes)
	}
}

func TestOutboxOnDynamoDBIsReadFromEveryPosition(t *testing.T) {
	t.Parallel()
	url := dynamoDBAt(t, t.TempDir())
	o := openDynamoOutbox(t, url, nil)
	for _, rows := range [][]dynamooutbox.Row{{"a", "b", "c"}, {"d"}, {"e", "f"}} { // a block each
		o.commit(nil, rows...)
		require.NotEmpty(t, o.ids())
	}
	all, err := o.Read(t.Context(), 0, 100)
	require.NoError(t, err)
	require.Len(t, all, 6)
	for name, reader := range map[string]dynamoOutbox{"who wrote": o, "who comes": openDynamoOutbox(t, url, nil)} {
		for i, e := range all {
			for limit := 1; limit < 7; limit++ {
				entries, err := reader.Read(t.Context(), e.Seq, limit)
				require.NoError(t, err)
				require.Len(t, entries, min(limit, len(all)-i-1), name)
				if len(entries) > 0 {
					require.Equal(t, all[i+1], entries[0], name)
				}
			}
			pending, oldest, err := reader.Pending(t.Context(), e.Seq)
			require.NoError(t, err)
			require.Equal(t, len(all)-i-1, pending, name)
			if pending > 0 {
				require.Equal(t, all[i+1].Time, oldest, name)
			}
		}
	}
}
