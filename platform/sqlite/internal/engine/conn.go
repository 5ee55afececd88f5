// Package engine calls SQLite's C interface, in its translation to Go, without database/sql and its driver in between.
//
// A store's writer executes a statement for every row it writes, and around SQLite's own work for an insert database/sql
// and the driver add twice as much again (docs/decisions/0010-the-writer-calls-sqlite-itself.md). What is unsafe about
// doing without them is in this package, in memory.go.
//
// Source: https://sqlite.org/cintro.html
package engine

import (
	"encoding/binary"
	"fmt"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Conn is a connection. Only one goroutine may use it, and its statements, at a time.
type Conn struct {
	tls        *libc.TLS
	db         uintptr
	statements map[string]*Statement // by query text
	reading    int                   // statements that have begun to execute and are not reset
}

// Error is a failure that SQLite reports.
type Error struct {
	Code int // extended result code
	Text string
}

// Error returns SQLite's message and code.
func (e *Error) Error() string { return fmt.Sprintf("%s (%d)", e.Text, e.Code) }

// Constraint reports whether a statement broke a constraint, which undoes the statement and nothing else.
func (e *Error) Constraint() bool { return e.Code&0xff == sqlite3.SQLITE_CONSTRAINT }

// Open opens or creates the database in the file, which may be a URI.
func Open(file string) (*Conn, error) {
	c := &Conn{tls: libc.NewTLS(), statements: map[string]*Statement{}}
	// No mutex: the connection is one goroutine's.
	const flags = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE | sqlite3.SQLITE_OPEN_URI |
		sqlite3.SQLITE_OPEN_NOMUTEX | sqlite3.SQLITE_OPEN_EXRESCODE
	var code int32
	db, err := c.withText(file, func(text, handle uintptr) error {
		code = sqlite3.Xsqlite3_open_v2(c.tls, text, handle, flags, 0)
		return nil
	})
	c.db = db // there is one also where opening fails, to ask why
	if err == nil {
		err = c.check(code)
	}
	if err != nil {
		_ = c.Close() // there is nothing to lose yet
		return nil, err
	}
	return c, nil
}

// Close finalizes the statements and closes the connection.
func (c *Conn) Close() error {
	for _, s := range c.statements {
		s.finalize()
	}
	clear(c.statements)
	err := c.check(sqlite3.Xsqlite3_close_v2(c.tls, c.db))
	c.tls.Close()
	return err
}

// Run executes a script of statements without parameters and ignores the rows they return.
func (c *Conn) Run(script string) error {
	_, err := c.withText(script, func(text, _ uintptr) error {
		return c.check(sqlite3.Xsqlite3_exec(c.tls, c.db, text, 0, 0, 0))
	})
	return err
}

// Prepare returns the statement of the query text, the same one each time. The text is a single statement.
func (c *Conn) Prepare(query string) (*Statement, error) {
	if s, prepared := c.statements[query]; prepared {
		return s, nil
	}
	handle, err := c.withText(query, func(text, handle uintptr) error {
		return c.check(sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, handle, 0))
	})
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	s := &Statement{conn: c, handle: handle, parameters: int(sqlite3.Xsqlite3_bind_parameter_count(c.tls, handle))}
	c.statements[query] = s
	return s, nil
}

// Reset resets the statements that are not reset.
func (c *Conn) Reset() {
	if c.reading == 0 {
		return
	}
	for _, s := range c.statements {
		s.Reset()
	}
}

// LastInsertID returns the row id of the last row that was inserted.
func (c *Conn) LastInsertID() int64 { return sqlite3.Xsqlite3_last_insert_rowid(c.tls, c.db) }

// check returns the connection's error where the code is one.
func (c *Conn) check(code int32) error {
	switch code {
	case sqlite3.SQLITE_OK, sqlite3.SQLITE_ROW, sqlite3.SQLITE_DONE:
		return nil
	}
	return &Error{Code: int(code), Text: libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))}
}

// withText calls fn with a copy of text for C, and the address of room for the handle that C returns.
func (c *Conn) withText(text string, fn func(text, handle uintptr) error) (handle uintptr, err error) {
	m, err := c.allocate(handleSize + len(text) + 1)
	if err != nil {
		return 0, err
	}
	defer c.free(m)
	clear(m.bytes) // the handle, and the 0 that ends the text
	copy(m.bytes[handleSize:], text)
	err = fn(m.address+handleSize, m.address)
	return uintptr(binary.NativeEndian.Uint64(m.bytes)), err
}

const handleSize = 8 // of a pointer, or more
