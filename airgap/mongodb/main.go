// Command mongod is FerretDB with SQLite, started as the public mongo image is.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

const (
	public  = ":27017"
	private = "127.0.0.1:27117"
	// Each update of a command is a transaction of its own here. With a sync for each, a command with a hundred of them would
	// take longer than clients wait; without it what is written survives the death of the process, but no power cut.
	data = "file:/data/db/?_pragma=synchronous(normal)"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	f, err := ferretdb.New(&ferretdb.Config{
		Logger:   slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelError})),
		Listener: ferretdb.ListenerConfig{TCP: private},
		Handler:  "sqlite", SQLiteURL: data,
		Username: os.Getenv("MONGO_INITDB_ROOT_USERNAME"), Password: os.Getenv("MONGO_INITDB_ROOT_PASSWORD"),
	})
	if err != nil {
		return err
	}
	// FerretDB does not make a command atomic: of two that change a document one may be lost. One at a time it does.
	front, err := listen(ctx, public, private)
	if err != nil {
		return err
	}
	defer front.Close()
	fmt.Println("Waiting for connections on", public)
	f.Run(ctx)
	return nil
}
