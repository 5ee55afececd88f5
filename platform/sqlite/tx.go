package sqlite

import (
	"database/sql"
	"errors"

	"github.com/myevents/myevents/platform/sqlite/internal/engine"
)

// Tx is the transaction a function given to Write runs in, together with others. It must not be kept.
type Tx struct {
	conn      *engine.Conn
	hook      func(statement string) error
	wrote     bool     // the running function has changed something
	changed   bool     // so has any function of this transaction
	broken    error    // the transaction cannot be committed any more
	committed []func() // what AfterCommit was given
}

// Exec runs a writing statement and returns the number of rows it changed. Statements are prepared once a query text:
// the text must be constant. An argument is a string, []byte (nil is NULL), int, int64, bool, nil or a driver.Valuer that
// returns one of these. A broken constraint leaves the transaction usable; any other error ends it.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if tx.broken != nil {
		return 0, tx.broken
	}
	if tx.hook != nil {
		if err := tx.hook(query); err != nil {
			return 0, tx.fail(err)
		}
	}
	return tx.exec(query, args...)
}

// LastInsertID returns the row id of the row that the transaction has inserted last.
func (tx *Tx) LastInsertID() int64 { return tx.conn.LastInsertID() }

// AfterCommit has fn called when the transaction is durable, on the writer's goroutine, before Write returns. It is not
// called where the transaction fails, or is repeated without the function that is running.
func (tx *Tx) AfterCommit(fn func()) { tx.committed = append(tx.committed, fn) }

// commit is no write where nothing has changed.
func (tx *Tx) commit() error {
	run := tx.exec
	if tx.changed {
		run = tx.Exec
	}
	_, err := run("COMMIT")
	return err
}

func (tx *Tx) exec(query string, args ...any) (int64, error) {
	statement, err := tx.conn.Prepare(query)
	if err != nil {
		return 0, tx.fail(err)
	}
	rows, err := statement.Exec(args...)
	if err != nil {
		if e, ok := errors.AsType[*engine.Error](err); ok && e.Constraint() {
			return 0, err
		}
		return 0, tx.fail(err)
	}
	if rows > 0 {
		tx.wrote, tx.changed = true, true
	}
	return rows, nil
}

// QueryRow runs a query that is expected to return one row at most. It sees what the transaction has written.
func (tx *Tx) QueryRow(query string, args ...any) *Row {
	rows, err := tx.Query(query, args...)
	return &Row{rows: rows, err: err}
}

// Query runs a query; the caller closes the rows before it returns. The same query must not run inside of its own rows.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	statement, err := tx.conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	if err := statement.Query(args...); err != nil {
		return nil, err
	}
	return &Rows{statement: statement}, nil
}

// fail marks the transaction as lost. After an error of the disk SQLite may have rolled back by itself: statements that
// followed would then commit one by one.
func (tx *Tx) fail(err error) error {
	if tx.broken == nil {
		tx.broken = err
	}
	return err
}

// Rows are the rows of a query, as those of database/sql.
type Rows struct {
	statement *engine.Statement
	err       error
}

// Next goes to the next row; it returns false behind the last one, and where reading fails.
func (r *Rows) Next() bool {
	more, err := r.statement.Next()
	r.err = err
	return more
}

// Scan copies the row. A destination is a *string, *[]byte, *int, *int64, *bool or a sql.Scanner.
func (r *Rows) Scan(dest ...any) error { return r.statement.Scan(dest...) }

// Err returns the error that Next ended with, if any.
func (r *Rows) Err() error { return r.err }

// Close ends the query.
func (r *Rows) Close() error {
	r.statement.Reset()
	return nil
}

// Row is the result of QueryRow.
type Row struct {
	rows *Rows
	err  error // of the query
}

// Scan copies the row, as that of Rows does. It fails with sql.ErrNoRows where there is none.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.statement.Reset()
	if r.rows.Next() {
		return r.rows.Scan(dest...)
	}
	if r.rows.err != nil {
		return r.rows.err
	}
	return sql.ErrNoRows
}
