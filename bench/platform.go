package main

import (
	"context"
	"flag"
	"io"
	"os"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/process"
)

// operatorEmail signs up first and becomes the operator of a platform under test.
const operatorEmail = "operator@bench.example"

// servePlatform is the child process that hosts the whole platform: exactly what the myevents command runs, but with
// cheap password hashes, no rate limit and, when asked, every request traced into an exporter that discards.
func servePlatform(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("platform", flag.ContinueOnError)
	listen := flags.String("listen", "", "address of the gateway")
	admin := flags.String("admin", "", "address of the admin port")
	data := flags.String("data", "", "data directory")
	traced := flags.Bool("traced", false, "trace every request")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var c allinone.Config
	none := func(string) string { return "" }
	if err := config.Parse("bench", "", &c, []string{
		"--listen", *listen, "--admin-listen", *admin, "--data", *data, "--rate-limit", "0",
		"--password-cost", "4", "--bootstrap-operator", operatorEmail,
	}, none, io.Discard); err != nil {
		return err
	}
	process.Tune(os.Getenv)
	options := allinone.Options{Logs: io.Discard}
	if *traced {
		options.SpanProcessors = []sdktrace.SpanProcessor{sdktrace.NewBatchSpanProcessor(discard{})}
	}
	app, err := allinone.New(c, options)
	if err != nil {
		return err
	}
	return lifecycle.Run(ctx, app, 15*time.Second)
}
