// Command bench sells seats on every pair of broker and store, with the services' own images in containers, each pair once
// with all requests traced and once with none: the same load, one pair after the other, in one run. It prints a table and
// writes build/bench-containers.json.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/bench/load"
	"github.com/myevents/myevents/containers"
)

func main() { os.Exit(containers.Main(program{}, os.Stderr)) }

// program is the command as containers.Main runs it.
type program struct{}

// Run implements the program that containers.Main wants. An interrupt ends the process there.
func (program) Run() int {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	duration := flags.Duration("duration", 5*time.Second, "of each measurement, after half of it to warm up")
	names := flags.String("pairs", "", "brokers and stores, such as rabbitmq-mongodb,nats-sqlite; empty: all")
	out := flags.String("out", "build/bench-containers.json", "where the figures go")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(*names)
	if err != nil {
		return err
	}
	r := &report{Started: time.Now().UTC(), Machine: load.Machine(), Seconds: duration.Seconds(), Clients: clients}
	for _, p := range chosen { // each is told of at once: a run takes minutes
		row, err := p.measure(ctx, *duration)
		if err != nil {
			_, _ = fmt.Fprintf(stdout, "%s: %v\n", p, err)
			continue
		}
		r.Rows = append(r.Rows, row)
		_, _ = fmt.Fprintln(stdout, strings.Join(row.sold(), "  "))
	}
	if missing := len(chosen) - len(r.Rows); missing > 0 {
		err = fmt.Errorf("%d of %d pairs could not be measured", missing, len(chosen))
	}
	return errors.Join(err, r.tables(stdout), load.Save(*out, r))
}

// pair is what the services run on.
type pair struct {
	Broker string `json:"broker"`
	Store  string `json:"store"`
}

func (p pair) String() string { return p.Broker + "-" + p.Store }

// pairs returns all there are.
func pairs() []pair {
	var all []pair
	for _, b := range []string{"rabbitmq", "kafka", "sqs", "nats"} {
		for _, s := range []string{"mongodb", "dynamodb", "sqlite"} {
			all = append(all, pair{b, s})
		}
	}
	return all
}

// choose returns the named pairs; without a name all of them.
func choose(names string) ([]pair, error) {
	if names == "" {
		return pairs(), nil
	}
	var chosen []pair
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(pairs(), func(p pair) bool { return p.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no pair %q: there are %v", name, pairs())
		}
		chosen = append(chosen, pairs()[i])
	}
	return chosen, nil
}
