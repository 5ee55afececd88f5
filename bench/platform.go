package main

import (
	"context"
	"flag"
	"io"
	"os"
	"time"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/bench/load"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/process"
)

// operatorEmail signs up first and becomes the operator of a platform under test.
const operatorEmail = "operator@bench.example"

// servePlatform is the child process that hosts the whole platform: exactly what the myevents command runs, but with
// cheap password hashes and no rate limit. It records spans only where it is told where to send them.
func servePlatform(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("platform", flag.ContinueOnError)
	listen := flags.String("listen", "", "address of the gateway")
	admin := flags.String("admin", "", "address of the admin port")
	data := flags.String("data", "", "data directory")
	zipkin := flags.String("zipkin", "", "where spans go; empty: none are recorded")
	if err := flags.Parse(args); err != nil {
		return err
	}
	spans := []string{"--otel-traces-exporter", "none"}
	if *zipkin != "" {
		spans = []string{"--otel-exporter-zipkin-endpoint", *zipkin}
	}
	var c allinone.Config
	none := func(string) string { return "" }
	if err := config.Parse("bench", "", &c, append(spans,
		"--listen", *listen, "--admin-listen", *admin, "--data", *data, "--rate-limit", "0",
		"--password-cost", "4", "--bootstrap-operator", operatorEmail,
	), none, io.Discard); err != nil {
		return err
	}
	process.Tune(ctx, os.Getenv)
	app, err := allinone.New(c, allinone.Options{Logs: io.Discard})
	if err != nil {
		return err
	}
	return lifecycle.Run(ctx, app, 15*time.Second)
}

// organizer returns the first operator's session with the organizer's role as well.
func (b *bench) organizer(ctx context.Context, addr string) (load.API, error) {
	return load.Organizer(ctx, b.client, addr, load.Operator{Email: operatorEmail, Password: "correct horse battery"})
}
