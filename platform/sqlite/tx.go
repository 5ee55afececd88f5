package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Tx is the transaction a function given to Write runs in, together with others. It must not be kept.
type Tx struct {
	conn       *sql.Conn
	hook       func(statement string) error
	statements map[string]*sql.Stmt
	wrote      bool  // the running function has changed something
	changed    bool  // so has any function of this transaction
	broken     error // the transaction cannot be committed any more
}

// Exec runs a writing statement and returns the number of rows it changed. Statements are prepared once a query text:
// the text must be constant. A broken constraint leaves the transaction usable; any other error ends it.
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
	statement, err := tx.prepare(query)
	if err != nil {
		return 0, tx.fail(err)
	}
	result, err := statement.ExecContext(context.Background(), args...)
	if err != nil {
		if isConstraint(err) {
			return 0, err
		}
		return 0, tx.fail(err)
	}
	rows, err := result.RowsAffected()
	if rows > 0 {
		tx.wrote, tx.changed = true, true
	}
	return rows, err
}

// QueryRow runs a query that is expected to return one row at most. It sees what the transaction has written.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	statement, err := tx.prepare(query)
	if err != nil {
		return tx.conn.QueryRowContext(context.Background(), query, args...) // reports the same error in its Scan
	}
	return statement.QueryRowContext(context.Background(), args...)
}

// Query runs a query; the caller closes the rows before it returns.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	statement, err := tx.prepare(query)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(context.Background(), args...)
}

// prepare returns the statement of the query text. None is closed before the connection: the texts are constants.
func (tx *Tx) prepare(query string) (*sql.Stmt, error) {
	if statement, ok := tx.statements[query]; ok {
		return statement, nil
	}
	statement, err := tx.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	tx.statements[query] = statement
	return statement, nil
}

// fail marks the transaction as lost. After an error of the disk SQLite may have rolled back by itself: statements that
// followed would then commit one by one.
func (tx *Tx) fail(err error) error {
	if tx.broken == nil {
		tx.broken = err
	}
	return err
}

func isConstraint(err error) bool {
	e, ok := errors.AsType[*driver.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}
