package sqlite_test

import (
	"database/sql"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/sqlite"
)

// write runs fn in a transaction of its own.
func write(t *testing.T, db *sqlite.DB, fn func(tx *sqlite.Tx) error) {
	t.Helper()
	require.NoError(t, db.Write(t.Context(), fn))
}

func TestValuesComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Options{})
	long := strings.Repeat("é\x00", 1<<20)
	write(t, db, func(tx *sqlite.Tx) error {
		_, err := tx.Exec("CREATE TABLE kinds (s TEXT, e TEXT, l TEXT, b BLOB, eb BLOB, nb BLOB, i INTEGER, j INTEGER, t BOOL, n TEXT, v TEXT)")
		return err
	})
	write(t, db, func(tx *sqlite.Tx) error {
		_, err := tx.Exec("INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			"text", "", long, []byte{0, 1, 255}, []byte{}, []byte(nil), -1, int64(1)<<62, true, nil, sql.NullString{String: "valued", Valid: true})
		return err
	})
	check := func(row interface{ Scan(dest ...any) error }) error {
		var s, e, l string
		var b, eb []byte
		var nb, n, v sql.NullString
		var i int
		var j int64
		var yes bool
		err := row.Scan(&s, &e, &l, &b, &eb, &nb, &i, &j, &yes, &n, &v)
		assert.Equal(t, []any{"text", "", []byte{0, 1, 255}, -1, int64(1) << 62, true}, []any{s, e, b, i, j, yes})
		assert.Empty(t, eb)
		assert.Len(t, l, len(long))
		assert.Equal(t, []sql.NullString{{}, {}, {String: "valued", Valid: true}}, []sql.NullString{nb, n, v})
		return err
	}
	write(t, db, func(tx *sqlite.Tx) error { return check(tx.QueryRow("SELECT * FROM kinds")) })
	require.NoError(t, check(db.Read().QueryRowContext(t.Context(), "SELECT * FROM kinds")))
}

func TestRowsSeeWhatTheTransactionHasWritten(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Options{})
	var names []string
	write(t, db, func(tx *sqlite.Tx) error {
		for i := range 3 {
			if err := insert(i)(tx); err != nil {
				return err
			}
		}
		assert.EqualValues(t, 2, tx.LastInsertID())
		rows, err := tx.Query("SELECT name FROM things WHERE id >= ? ORDER BY id", 1)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		if _, err = tx.Query("SELECT name FROM things WHERE id >= ? ORDER BY id", 0); err == nil {
			return errors.New("its rows are being read")
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
			if _, err := tx.Exec("UPDATE things SET name = ? WHERE name = ?", "read", name); err != nil { // between two rows
				return err
			}
		}
		return rows.Err()
	})
	require.Equal(t, []string{"thing 1", "thing 2"}, names)
}

func TestMistakesInAStatementAreNamed(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Options{})
	var text string
	var number int
	for want, fn := range map[string]func(tx *sqlite.Tx) error{
		"no such table":       func(tx *sqlite.Tx) error { _, err := tx.Exec("DELETE FROM nowhere"); return err },
		"1 parameters, not 0": func(tx *sqlite.Tx) error { _, err := tx.Exec("DELETE FROM things WHERE id = ?"); return err },
		"a struct {} cannot": func(tx *sqlite.Tx) error {
			_, err := tx.Exec("DELETE FROM things WHERE id = ?", struct{}{})
			return err
		},
		"2 columns, not 1":         func(tx *sqlite.Tx) error { return tx.QueryRow("SELECT 1, 2").Scan(&number) },
		"string does not go":       func(tx *sqlite.Tx) error { return tx.QueryRow("SELECT 'one'").Scan(&number) },
		"<nil> does not go":        func(tx *sqlite.Tx) error { return tx.QueryRow("SELECT NULL").Scan(&text) },
		sql.ErrNoRows.Error():      func(tx *sqlite.Tx) error { return tx.QueryRow("SELECT 1 WHERE 0").Scan(&number) },
		"no such column: sunshine": func(tx *sqlite.Tx) error { _, err := tx.Query("SELECT sunshine FROM things"); return err },
	} {
		require.ErrorContains(t, db.Write(t.Context(), fn), want)
	}
	write(t, db, insert(1))
}

func TestRowsLeftOpenDoNotHinderTheNext(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Options{})
	leave := func(tx *sqlite.Tx) error {
		rows, err := tx.Query("SELECT 1 UNION SELECT 2")
		if err == nil {
			assert.True(t, rows.Next())
		}
		return err
	}
	write(t, db, leave)
	require.ErrorContains(t, db.Write(t.Context(), func(tx *sqlite.Tx) error {
		assert.NoError(t, leave(tx))
		panic("on the way")
	}), "on the way")
	write(t, db, leave)
	write(t, db, insert(1))
}

func TestAfterCommitIsCalledForWhatIsDurable(t *testing.T) {
	t.Parallel()
	var failing, called atomic.Int64
	db := open(t, sqlite.Options{WriteHook: func(statement string) error {
		if statement == "COMMIT" && failing.Add(-1) == 0 {
			return errors.New("disk on fire")
		}
		return nil
	}})
	add := func(tx *sqlite.Tx) error {
		tx.AfterCommit(func() { called.Add(1) })
		return insert(int(failing.Load()))(tx)
	}
	failing.Store(1)
	require.Error(t, db.Write(t.Context(), add))
	require.Zero(t, called.Load())
	write(t, db, add)
	require.EqualValues(t, 1, called.Load(), "before Write returns")
	require.Error(t, db.Write(t.Context(), func(tx *sqlite.Tx) error {
		if err := add(tx); err != nil {
			return err
		}
		return errors.New("changed my mind")
	}))
	write(t, db, func(*sqlite.Tx) error { return nil })
	require.EqualValues(t, 1, called.Load())
}
