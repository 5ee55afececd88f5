package engine

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	sqlite3 "modernc.org/sqlite/lib"
)

// keptTexts bounds the memory a statement keeps for the texts of its next execution.
const keptTexts = 1 << 20

// ErrInUse is returned for a statement whose rows are still being read.
var ErrInUse = errors.New("the statement's rows are still being read")

// Statement is a prepared statement of a Conn.
type Statement struct {
	conn       *Conn
	handle     uintptr
	parameters int
	reading    bool
	texts      memory // of the parameters, blobs too: SQLite does not copy them
}

// Exec executes the statement and returns the number of rows it changed. An argument is a string, []byte (nil is NULL),
// int, int64, bool, nil or a driver.Valuer that returns one of these.
func (s *Statement) Exec(args ...any) (int64, error) {
	if err := s.Query(args...); err != nil {
		return 0, err
	}
	defer s.Reset()
	for {
		if more, err := s.Next(); err != nil {
			return 0, err
		} else if !more {
			return sqlite3.Xsqlite3_changes64(s.conn.tls, s.conn.db), nil
		}
	}
}

// Query begins to execute the statement: Next goes to its rows, one after the other. The caller ends it by Reset.
func (s *Statement) Query(args ...any) error {
	if s.reading {
		return ErrInUse
	}
	if len(args) != s.parameters {
		return fmt.Errorf("the statement has %d parameters, not %d", s.parameters, len(args))
	}
	values, err := plain(args)
	if err != nil {
		return err
	}
	if err := s.bind(values); err != nil {
		return err
	}
	s.reading = true
	s.conn.reading++
	return nil
}

// Next goes to the next row; it returns false behind the last one.
func (s *Statement) Next() (bool, error) {
	if !s.reading {
		return false, nil
	}
	code := sqlite3.Xsqlite3_step(s.conn.tls, s.handle)
	return code == sqlite3.SQLITE_ROW, s.conn.check(code)
}

// Reset ends the execution, if there is one; the statement can be executed again.
func (s *Statement) Reset() {
	if !s.reading {
		return
	}
	sqlite3.Xsqlite3_reset(s.conn.tls, s.handle) // its code repeats the error that Next has returned
	s.reading = false
	s.conn.reading--
	if len(s.texts.bytes) > keptTexts {
		s.conn.free(s.texts)
		s.texts = memory{}
	}
}

func (s *Statement) finalize() {
	sqlite3.Xsqlite3_finalize(s.conn.tls, s.handle)
	s.conn.free(s.texts)
}

// plain returns args with the values of those that are a driver.Valuer.
func plain(args []any) ([]any, error) {
	owned := false
	for i, arg := range args {
		switch arg.(type) {
		case string, []byte, int64, int, bool, nil: // nearly all are: looking for a method takes longer
			continue
		}
		valuer, is := arg.(driver.Valuer)
		if !is {
			return nil, fmt.Errorf("argument %d: a %T cannot be stored", i+1, arg)
		}
		value, err := valuer.Value()
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		if !owned {
			args, owned = slices.Clone(args), true
		}
		args[i] = value
	}
	return args, nil
}

func (s *Statement) bind(args []any) error {
	if err := s.reserve(args); err != nil {
		return err
	}
	free := s.texts
	for i, arg := range args {
		var code int32
		var address uintptr
		n := int32(i + 1)
		switch v := arg.(type) {
		case string:
			address, free = put(free, v)
			code = sqlite3.Xsqlite3_bind_text(s.conn.tls, s.handle, n, address, int32(len(v)), sqlite3.SQLITE_STATIC)
		case []byte:
			if address, free = put(free, v); v == nil {
				address = 0
			}
			code = sqlite3.Xsqlite3_bind_blob(s.conn.tls, s.handle, n, address, int32(len(v)), sqlite3.SQLITE_STATIC)
		case int64:
			code = sqlite3.Xsqlite3_bind_int64(s.conn.tls, s.handle, n, v)
		case int:
			code = sqlite3.Xsqlite3_bind_int64(s.conn.tls, s.handle, n, int64(v))
		case bool:
			code = sqlite3.Xsqlite3_bind_int64(s.conn.tls, s.handle, n, one(v))
		case nil:
			code = sqlite3.Xsqlite3_bind_null(s.conn.tls, s.handle, n)
		default:
			return fmt.Errorf("argument %d: a %T cannot be stored", n, arg)
		}
		if err := s.conn.check(code); err != nil {
			return fmt.Errorf("argument %d: %w", n, err)
		}
	}
	return nil
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// reserve makes room for the texts of args. All of it at once: what is bound must not move.
func (s *Statement) reserve(args []any) error {
	size := 1 // also an empty text has an address; without one it would be NULL
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	if size <= len(s.texts.bytes) {
		return nil
	}
	s.conn.free(s.texts)
	var err error
	s.texts, err = s.conn.allocate(size)
	return err
}

// Scan copies the row that Next went to. A destination is a *string, *[]byte, *int, *int64, *bool or a sql.Scanner; only
// the latter and *[]byte take NULL.
func (s *Statement) Scan(dest ...any) error {
	if columns := int(sqlite3.Xsqlite3_column_count(s.conn.tls, s.handle)); columns != len(dest) {
		return fmt.Errorf("the row has %d columns, not %d", columns, len(dest))
	}
	for i := range dest {
		if err := s.scan(int32(i), dest[i]); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

func (s *Statement) scan(i int32, dest any) error {
	value, err := s.value(i)
	if err != nil {
		return err
	}
	if scanner, is := dest.(sql.Scanner); is {
		return scanner.Scan(value)
	}
	stored := false
	switch d := dest.(type) {
	case *string:
		*d, stored = value.(string)
	case *[]byte:
		if text, is := value.(string); is {
			value = []byte(text)
		}
		*d, stored = value.([]byte)
		stored = stored || value == nil
	case *int64:
		*d, stored = value.(int64)
	case *int:
		var n int64
		n, stored = value.(int64)
		*d = int(n)
	case *bool:
		var n int64
		n, stored = value.(int64)
		*d = n != 0
	}
	if !stored {
		return fmt.Errorf("a %T does not go into a %T", value, dest)
	}
	return nil
}

// value returns a column of the row as a string, []byte, int64 or nil.
func (s *Statement) value(i int32) (any, error) {
	switch kind := sqlite3.Xsqlite3_column_type(s.conn.tls, s.handle, i); kind {
	case sqlite3.SQLITE_NULL:
		return nil, nil
	case sqlite3.SQLITE_INTEGER:
		return sqlite3.Xsqlite3_column_int64(s.conn.tls, s.handle, i), nil
	case sqlite3.SQLITE_TEXT:
		return string(s.column(sqlite3.Xsqlite3_column_text(s.conn.tls, s.handle, i), i)), nil
	case sqlite3.SQLITE_BLOB:
		return append([]byte{}, s.column(sqlite3.Xsqlite3_column_blob(s.conn.tls, s.handle, i), i)...), nil
	default:
		return nil, fmt.Errorf("type %d is not supported", kind)
	}
}

// column views the bytes of a text or blob until the next call of Next or Reset.
func (s *Statement) column(address uintptr, i int32) []byte {
	return view(address, int(sqlite3.Xsqlite3_column_bytes(s.conn.tls, s.handle, i)))
}
