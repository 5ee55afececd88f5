// Command myevents runs the whole platform in one process, and holds the commands that reach a live one.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/myevents/myevents/allinone/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
