// Command bench measures the platform beside what a Go team would use without us, on one machine in one run, and says
// which bars hold. Ratios count: machines differ and are noisy. It prints a table and writes build/bench.json.
//
// All servers run in processes of their own and all traffic stays on the loopback interface.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/myevents/myevents/bench/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "serve":
			return serveStack(ctx, args[1], args[2], args[3])
		case "platform":
			return servePlatform(ctx, args[1:])
		}
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	b := &bench{client: &http.Client{Timeout: callTimeout}}
	flags.DurationVar(&b.duration, "duration", 5*time.Second, "of each measurement")
	flags.Int64Var(&b.stored, "stored", 1_000_000, "bookings stored for the cost at scale")
	flags.StringVar(&b.binary, "binary", "build/bin/myevents", "the myevents binary, for start time and memory")
	flags.StringVar(&b.profiles, "profiles", "", "directory for a CPU profile of the platform during each measurement; costs some speed")
	flags.StringVar(&b.only, "only", "", "measures to take, such as fsync,selling; empty: all")
	out := flags.String("out", "build/bench.json", "where the figures go")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "myevents-bench-"); err != nil {
		return err
	}
	b.report = newReport(os.Stdout)
	err = b.run(ctx)
	return errors.Join(err, b.report.table(), load.Save(*out, b.report), os.RemoveAll(b.dir))
}

// callTimeout bounds a call that is not part of a load.
const callTimeout = time.Minute

// bench is one run.
type bench struct {
	duration time.Duration
	stored   int64
	binary   string
	self     string       // this program, for the children
	dir      string       // scratch, removed at the end
	only     string       // names of measures; empty: all
	profiles string       // directory for CPU profiles; empty: none
	client   *http.Client // for all but the loads, which are measured
	report   *report
}

// run measures the cheap things first; the denominators are measured right beside what they divide.
func (b *bench) run(ctx context.Context) error {
	for _, measure := range []struct {
		name string
		take func(context.Context) error
	}{
		{"fsync", b.fsync}, {"cost", b.cost}, {"start", b.start}, {"idle", b.idle}, {"selling", b.selling}, {"tracing", b.tracing},
		{"browsing", b.browsing}, {"scale", b.scale},
	} {
		if b.only != "" && !slices.Contains(strings.Split(b.only, ","), measure.name) {
			continue
		}
		if err := measure.take(ctx); err != nil {
			return fmt.Errorf("%s: %w", measure.name, err)
		}
	}
	return nil
}
