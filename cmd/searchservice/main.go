// Command searchservice runs the search service in a process of its own.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/services/search/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	return process.Main(ctx, args, getenv, stdout, stderr, process.Spec[app.Config]{
		Name: "search", Description: "Search over events and bookings of MyEvents.",
		New: func(ctx context.Context, c app.Config, env *process.Env) (process.Service, error) {
			return app.New(ctx, c, env)
		},
	})
}
