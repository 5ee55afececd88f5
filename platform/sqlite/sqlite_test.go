package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/sqlite"
)

const schema = "CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"

func open(t testing.TB, o sqlite.Options) *sqlite.DB {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "things.db")
	}
	o.Service, o.Schema = "things", schema
	db, err := sqlite.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func insert(id int) func(*sqlite.Tx) error {
	return func(tx *sqlite.Tx) error {
		_, err := tx.Exec("INSERT INTO things (id, name) VALUES (?, ?)", id, fmt.Sprint("thing ", id))
		return err
	}
}

func count(t *testing.T, db *sqlite.DB) (n int) {
	t.Helper()
	require.NoError(t, db.Read().QueryRowContext(t.Context(), "SELECT count(*) FROM things").Scan(&n))
	return n
}

func TestWriteIsDurableWhenItReturns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sub dir?#%", "things.db")
	db := open(t, sqlite.Options{Path: path})
	require.NoError(t, db.Write(t.Context(), insert(1)))
	require.Equal(t, 1, count(t, db))
	require.NoError(t, db.Close())
	require.Equal(t, 1, count(t, open(t, sqlite.Options{Path: path})))
}

func TestConcurrentWritesShareTransactions(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Options{})
	each(500, func(i int) { assert.NoError(t, db.Write(t.Context(), insert(i))) })
	require.Equal(t, 500, count(t, db))
	require.Less(t, db.Stats()["transactions"], int64(500))
}

func TestFailedFunctionTakesBackOnlyItsOwnWrites(t *testing.T) {
	t.Parallel()
	refused := errors.New("changed my mind")
	tests := map[string]func(*sqlite.Tx) error{
		"after a write": func(tx *sqlite.Tx) error {
			if err := insert(-1)(tx); err != nil {
				return err
			}
			return refused
		},
		"without a write": func(*sqlite.Tx) error { return refused },
		"by a panic after a write": func(tx *sqlite.Tx) error {
			if err := insert(-1)(tx); err != nil {
				return err
			}
			panic(refused)
		},
	}
	for name, fn := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, sqlite.Options{})
			each(50, func(i int) {
				if i%10 == 9 {
					assert.ErrorContains(t, db.Write(t.Context(), fn), refused.Error())
				} else {
					assert.NoError(t, db.Write(t.Context(), insert(i)))
				}
			})
			require.Equal(t, 45, count(t, db))
			require.NoError(t, db.Ping(t.Context()))
		})
	}
}

func TestBrokenConstraintLeavesTheTransactionUsable(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Options{})
	require.NoError(t, db.Write(t.Context(), insert(1)))
	require.NoError(t, db.Write(t.Context(), func(tx *sqlite.Tx) error {
		require.Error(t, insert(1)(tx))
		return insert(2)(tx)
	}))
	require.Equal(t, 2, count(t, db))
}

func TestBeforeCommitRefusesOnlyTheOffendingWrite(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Options{BeforeCommit: func(tx *sqlite.Tx) error {
		var bad int
		if err := tx.QueryRow("SELECT count(*) FROM things WHERE id = 7").Scan(&bad); err != nil {
			return err
		}
		if bad > 0 {
			return errors.New("no sevens")
		}
		return nil
	}})
	each(20, func(i int) {
		if err := db.Write(t.Context(), insert(i)); i == 7 {
			assert.ErrorContains(t, err, "no sevens")
		} else {
			assert.NoError(t, err)
		}
	})
	require.Equal(t, 19, count(t, db))
}

func TestDiskErrorFailsTheWriteAndReloadsMemory(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{"INSERT INTO things (id, name) VALUES (?, ?)", "COMMIT"} {
		t.Run(statement, func(t *testing.T) {
			t.Parallel()
			var failing, reloads int // touched by the writer only, and by the test while nothing is written
			db := open(t, sqlite.Options{
				WriteHook: func(s string) error {
					if failing > 0 && s == statement {
						failing--
						return errors.New("disk on fire")
					}
					return nil
				},
				AfterBatch: func(committed bool) error {
					if committed {
						return nil
					}
					if reloads++; reloads == 1 {
						return errors.New("cannot reload yet")
					}
					return nil
				},
			})
			failing = 1
			err := db.Write(t.Context(), insert(1))
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			require.ErrorContains(t, err, "disk on fire")
			require.Error(t, db.Ping(t.Context()))
			require.Zero(t, count(t, db))

			require.NoError(t, db.Write(t.Context(), insert(1)), "works again once the disk does")
			require.Equal(t, 2, reloads, "reloaded before the next transaction, as the first time failed")
			require.NoError(t, db.Ping(t.Context()))
		})
	}
}

func TestNothingIsWrittenBehindADiskError(t *testing.T) {
	t.Parallel()
	var statements []string
	db := open(t, sqlite.Options{WriteHook: func(s string) error {
		statements = append(statements, s)
		return errors.New("disk on fire")
	}})
	require.Error(t, db.Write(t.Context(), func(tx *sqlite.Tx) error {
		_ = insert(1)(tx)
		_ = insert(2)(tx)
		return nil
	}))
	require.Len(t, statements, 1, "SQLite may have left the transaction: more statements would commit by themselves")
	require.Zero(t, count(t, db))
}

func TestWriteGivesUpItsPlaceWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Options{})
	inside, release := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- db.Write(context.Background(), func(*sqlite.Tx) error { close(inside); <-release; return nil })
	}()
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() { answer <- db.Write(ctx, insert(1)) }()
	require.Eventually(t, func() bool { return db.Stats()["writes_waiting"] == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-answer, context.Canceled)
	close(release)
	require.NoError(t, <-first)
	require.NoError(t, db.Write(t.Context(), insert(2)))
	require.Equal(t, 1, count(t, db), "the write that was given up must not happen")
}

func TestCloseCommitsWhatIsQueuedAndRefusesTheRest(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "things.db")
	db := open(t, sqlite.Options{Path: path})
	var mu sync.Mutex
	var written int
	var wg sync.WaitGroup
	started := make(chan struct{}, 200)
	for i := range 200 {
		wg.Go(func() {
			started <- struct{}{}
			switch err := db.Write(context.Background(), insert(i)); {
			case err == nil:
				mu.Lock()
				written++
				mu.Unlock()
			case !errors.Is(err, sqlite.ErrClosed):
				t.Errorf("want ErrClosed, got %v", err)
			}
		})
	}
	for range 100 {
		<-started
	}
	require.NoError(t, db.Close())
	require.NoError(t, db.Close())
	wg.Wait()
	require.ErrorIs(t, db.Write(t.Context(), insert(1000)), sqlite.ErrClosed)
	require.Equal(t, written, count(t, open(t, sqlite.Options{Path: path})))
}

func TestSecondOpenerIsToldWhoHoldsTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "things.db")
	db := open(t, sqlite.Options{Path: path})
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Service: "other"})
	require.ErrorContains(t, err, "(things)")
	require.ErrorContains(t, err, "process ")
	require.NoError(t, db.Close())
	open(t, sqlite.Options{Path: path})
}

func TestReadPoolCannotWrite(t *testing.T) {
	t.Parallel()
	_, err := open(t, sqlite.Options{}).Read().ExecContext(t.Context(), "DELETE FROM things")
	require.ErrorContains(t, err, "readonly")
}

// each calls fn(0) to fn(n-1) concurrently and waits for all.
func each(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}
