// Package mongodb connects a service to its MongoDB database.
//
// What a write has acknowledged survives: it is in the journal of a majority of the servers, and nothing in the URL can
// say otherwise. Reads see only what is there to stay. Every operation has a deadline of its own, so that a database
// which is away is an Unavailable fault within seconds, whatever the caller's deadline is.
//
// A service opens its database once, makes its indexes, and hands the DB to the outbox and to the dead letters:
//
//	db, err := mongodb.Open(ctx, mongodb.Options{URL: "mongodb://localhost:27017/booking", Service: "booking"})
//	err = db.EnsureIndexes(ctx, mongodb.Indexes{"bookings": {mongodb.Unique("user", "key")}})
//	bookings := db.Collection("bookings")
package mongodb

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

const (
	operationTimeout = 5 * time.Second         // of one command, waiting for a connection included
	selectionTimeout = 2 * time.Second         // until a server is found that takes writes
	connectTimeout   = 2 * time.Second         // of one connection
	heartbeat        = 2 * time.Second         // how soon a server is noticed that is back
	closeTimeout     = 2 * time.Second         // for connections in use
	pingTimeout      = 1500 * time.Millisecond // the health page must answer while the database does not
	defaultPool      = 32                      // connections at most, unless the URL says maxPoolSize
)

// Options say what to open. URL and Service are needed.
type Options struct {
	URL     string // mongodb://[user:password@]host[:port][,host...]/database[?option=value...]
	Service string // who opens it; the server lists it as the name of the application
	// WriteHook, if set, is called before every command that writes, with its name and collection. Its error is treated
	// as one of the database, and nothing is written. Tests crash a store with it.
	WriteHook func(command string) error
}

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	service  string
	hosts    []string
	client   *mongo.Client
	database *mongo.Database
	pool     pool
	hook     func(string) error

	closeOnce sync.Once
	closeErr  error
}

// Open connects and fails where no server answers; ctx bounds the opening only. The URL's password is in no error.
func Open(ctx context.Context, o Options) (*DB, error) {
	target, err := parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("open MongoDB database: %w", err)
	}
	db := &DB{service: o.Service, hosts: target.hosts, hook: o.WriteHook}
	if db.client, err = mongo.Connect(db.clientOptions(o.URL)); err != nil {
		return nil, fmt.Errorf("open MongoDB database: %w", err)
	}
	db.database = db.client.Database(target.database)
	if err := db.ping(ctx, operationTimeout); err != nil {
		_ = db.Close() // nothing is in use
		return nil, err
	}
	return db, nil
}

// clientOptions are the URL's, and on top of them what the platform's promises rest on.
func (db *DB) clientOptions(url string) *options.ClientOptions {
	journaled := writeconcern.Majority()
	journal := true
	journaled.Journal = &journal
	return options.Client().SetMaxPoolSize(defaultPool).ApplyURI(url).
		SetAppName("myevents-" + db.service).
		SetWriteConcern(journaled).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary()).
		SetServerSelectionTimeout(selectionTimeout).
		SetConnectTimeout(connectTimeout).
		SetHeartbeatInterval(heartbeat).
		SetPoolMonitor(db.pool.monitor()).
		SetServerMonitor(db.pool.serverMonitor())
}

// Ping fails with an Unavailable fault where the database does not answer.
func (db *DB) Ping(ctx context.Context) error { return db.ping(ctx, pingTimeout) }

func (db *DB) ping(caller context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(caller, timeout)
	defer cancel()
	return db.fault(caller, "ping", db.client.Ping(ctx, readpref.Primary()))
}

// Stats describes the connections for the health page.
func (db *DB) Stats() map[string]any {
	return map[string]any{
		"hosts":               db.hosts,
		"database":            db.database.Name(),
		"connections":         db.pool.open.Load(),
		"connections_in_use":  db.pool.inUse.Load(),
		"connection_failures": db.pool.failures.Load(),
	}
}

// Close ends the connections, once what runs on them has ended or a moment has passed. It is idempotent.
func (db *DB) Close() error {
	db.closeOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := db.client.Disconnect(ctx); err != nil {
			db.closeErr = fmt.Errorf("close MongoDB database: %w", err)
		}
	})
	return db.closeErr
}
