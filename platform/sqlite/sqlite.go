// Package sqlite opens an SQLite file for one process and commits its writes in groups.
//
// An fsync costs as much as dozens of inserts, so one goroutine owns the only writing connection and runs everything that
// waits in a single transaction. A caller sees a transaction of its own: its write is durable when Write returns.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/myevents/myevents/platform/sqlite/internal/engine"
)

// ErrClosed is wrapped by what Write returns after Close.
var ErrClosed = errors.New("store is closed")

const (
	defaultMaxBatch = 256
	readers         = 4 // connections of the read pool: reads are short and the platform is small
)

// Options say what to open and what to hook into the transactions. Path and Service are required.
type Options struct {
	Path    string // of the database file; its directory is made
	Service string // who opens it; named to a second opener
	Schema  string // idempotent DDL (CREATE TABLE IF NOT EXISTS ...), run at Open

	// BeforeCommit, if set, runs at the end of every transaction, with the writes of all its functions in place. Its
	// error rolls the transaction back; its functions are then tried one by one.
	BeforeCommit func(*Tx) error
	// AfterBatch, if set, runs after every transaction, on the same goroutine as the functions given to Write: state
	// which those keep in memory must be reloaded from Read when committed is false. While it fails nothing is written;
	// it is called again before the next transaction, with false.
	AfterBatch func(committed bool) error
	// WriteHook, if set, is called before every writing statement and before a "COMMIT" of changes. Its error is treated as
	// an error of the disk. Tests crash a store with it.
	WriteHook func(statement string) error

	MaxBatch int // functions a transaction, at most; 0 means 256
}

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	options Options
	lock    *os.File
	read    *sql.DB
	writer  *writer

	closeOnce sync.Once
	closeErr  error
}

// Open opens or creates the database and starts its writer; ctx bounds the opening only. It fails, naming the holder,
// where another process (or this one) has the file open.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.MaxBatch == 0 {
		o.MaxBatch = defaultMaxBatch
	}
	if o.Path == "" { // SQLite would take it for a database that is gone at Close
		return nil, errors.New("open database: a path must be given, as in sqlite:PATH")
	}
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o750); err != nil {
		return nil, fmt.Errorf("make directory of database: %w", err)
	}
	lock, err := acquire(o.Path+".lock", o.Service)
	if err != nil {
		return nil, err
	}
	db := &DB{options: o, lock: lock}
	if err := db.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", o.Path, err), db.release())
	}
	go db.writer.run()
	return db, nil
}

func (db *DB) open(ctx context.Context) error {
	conn, err := engine.Open(uri(db.options.Path))
	if err != nil {
		return err
	}
	if err := conn.Run(pragmas + db.options.Schema); err != nil {
		return errors.Join(fmt.Errorf("create schema: %w", err), conn.Close())
	}
	db.read, err = sql.Open("sqlite", uri(db.options.Path)+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(readers)
	if err := db.read.PingContext(ctx); err != nil {
		return errors.Join(err, conn.Close())
	}
	db.writer = newWriter(conn, db.options)
	return nil
}

func uri(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

// pragmas set up the writing connection. synchronous=FULL makes a commit wait for the disk: without it a power cut takes
// bookings that were already answered. The page cache stays at SQLite's 2 MB: SQLite walks through a larger one at
// commits that have split a page of an index, which costs more than the reads it saves. The log is copied into the file every
// so many pages, by the commit that crosses the mark: larger marks make that rarer and, because a page written often is
// copied once, cheaper; the log file grows to about twice this size.
const pragmas = `
PRAGMA busy_timeout = 5000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA wal_autocheckpoint = 4000;
`

// Read returns the pool for reading. It sees what is committed and cannot write.
func (db *DB) Read() *sql.DB { return db.read }

// Ping reports whether the database can be read and its writer takes work.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.writer.healthy(); err != nil {
		return err
	}
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("ping database %s: %w", db.options.Path, err)
	}
	return nil
}

// Stats returns the state of the read pool and of the writer for the health page.
func (db *DB) Stats() map[string]any {
	pool := db.read.Stats()
	return map[string]any{
		"connections":        pool.OpenConnections,
		"connections_in_use": pool.InUse,
		"connection_waits":   pool.WaitCount,
		"writes":             db.writer.writes.Load(),
		"transactions":       db.writer.batches.Load(),
		"writes_waiting":     len(db.writer.queue),
	}
}

// Close commits what is queued, stops the writer and releases the file. Later writes fail with ErrClosed. It is idempotent.
func (db *DB) Close() error {
	db.closeOnce.Do(func() {
		db.closeErr = errors.Join(db.writer.stop(), db.release())
	})
	return db.closeErr
}

// release closes what is open, the lock last: the next opener must find the file at rest.
func (db *DB) release() error {
	var errs []error
	if db.read != nil {
		errs = append(errs, db.read.Close())
	}
	return errors.Join(append(errs, db.lock.Close())...)
}
