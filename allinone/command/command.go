// Package command is the command line of myevents: the server, and the commands that reach a live server through its
// admin port.
package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry"
)

const name = "myevents"

// line is the command line.
type line struct {
	Serve       allinone.Config     `cmd:"" default:"withargs" help:"Run the whole platform in one process (the default)."`
	Replay      replay              `cmd:"" help:"Rebuild the booking service's copy of events and the search index from the outboxes."`
	DLQ         dlq                 `cmd:"" name:"dlq" help:"Look at, requeue and drop dead letters."`
	Load        load                `cmd:"" help:"Let made-up users browse, search and book; then look whether all promised is there."`
	Healthcheck process.Healthcheck `cmd:"" help:"Ask the process that runs beside this one whether it is ready; exit code 0 or 1."`
}

// Run executes the command line until it is done or ctx ends, and returns the process's exit code.
func Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var l line
	selected, err := config.ParseCommand(name, "An event-ticketing platform in one process.", &l, args, getenv, stdout)
	if err == nil {
		err = l.run(ctx, selected, getenv, stdout, stderr)
	}
	return process.Exit(stderr, name, err)
}

func (l *line) run(ctx context.Context, selected string, getenv func(string) string, stdout, stderr io.Writer) error {
	switch selected {
	case "replay":
		return l.Replay.run(ctx, stdout)
	case "dlq list":
		return l.DLQ.List.run(ctx, stdout)
	case "dlq show <id>":
		return l.DLQ.Show.run(ctx, stdout)
	case "dlq requeue <id>":
		return l.DLQ.Requeue.run(ctx, stdout)
	case "dlq drop <id>":
		return l.DLQ.Drop.run(ctx, stdout)
	case "load":
		return l.Load.run(ctx, stdout)
	case "healthcheck":
		return l.Healthcheck.Run(ctx, stdout)
	default:
		process.Tune(ctx, getenv)
		return serve(ctx, l.Serve, stdout, stderr)
	}
}

// serve runs the platform until ctx ends. Log lines go to stdout, what a person should read first to stderr, so that
// stdout stays JSON.
func serve(ctx context.Context, c allinone.Config, stdout, stderr io.Writer) (err error) {
	logs := telemetry.NewLogWriter(stdout, 100*time.Millisecond)
	defer func() {
		if closeErr := logs.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("write logs: %w", closeErr)
		}
	}()
	for _, kv := range config.Masked(&c) {
		if kv.Value != "" {
			_, _ = fmt.Fprintf(stderr, "  %-30s %s\n", kv.Key, kv.Value)
		}
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	app, err := allinone.New(c, allinone.Options{Logs: logs, Failed: fail})
	if err != nil {
		return err
	}
	welcome := lifecycle.Funcs(func(context.Context) error { return greet(stderr, app, c.Demo) }, nil)
	parts := &lifecycle.Group{}
	parts.Add("platform", app)
	parts.Add("greeting", welcome)
	return lifecycle.Run(ctx, parts, c.ShutdownTimeout)
}
