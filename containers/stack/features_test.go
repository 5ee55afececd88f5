package stack_test

import (
	"cmp"
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/containers/stack"
	"github.com/myevents/myevents/features"
	"github.com/myevents/myevents/features/suite"
)

const (
	startTimeout = 2 * time.Minute
	stopTimeout  = 2 * time.Minute
	reports      = "../../build" // of the repository
)

func TestMain(m *testing.M) { os.Exit(containers.Main(m, os.Stderr)) }

// everything is what a platform can do that its scenarios share.
const everything = "~@embedded"

// TestFeatures runs the scenarios on the parts that BROKER, STORE and SEARCH name, or one after the other on all four that
// belong together: on the first everything, on the others what depends on the broker and the store, which is what is sold
// and what travels. TAGS asks for others, one by one.
func TestFeatures(t *testing.T) {
	const dependent = everything + " && @smoke,@booking,@messaging"
	chosen := stack.Choice{Broker: os.Getenv("BROKER"), Store: os.Getenv("STORE"), Search: os.Getenv("SEARCH")}
	if chosen != (stack.Choice{}) {
		runFeatures(t, stack.Choice{
			Broker: cmp.Or(chosen.Broker, "rabbitmq"), Store: cmp.Or(chosen.Store, "mongodb"), Search: cmp.Or(chosen.Search, "bleve"),
		}, everything)
		return
	}
	for _, run := range []struct {
		choice stack.Choice
		tags   string
	}{
		{stack.Choice{Broker: "rabbitmq", Store: "mongodb", Search: "elasticsearch"}, everything},
		{stack.Choice{Broker: "kafka", Store: "dynamodb", Search: "bleve"}, dependent},
		{stack.Choice{Broker: "sqs", Store: "dynamodb", Search: "bleve"}, dependent},
		{stack.Choice{Broker: "nats", Store: "sqlite", Search: "bleve"}, dependent},
	} {
		t.Run(run.choice.String(), func(t *testing.T) { runFeatures(t, run.choice, run.tags) })
	}
}

// runFeatures runs first what can run side by side, then, one by one, what stops parts or counts everything.
func runFeatures(t *testing.T, c stack.Choice, tags string) {
	t.Helper()
	s := start(t, c)
	o := suite.Options{
		Name: "features-" + c.String(), Title: "MyEvents features, " + c.String(), World: s.Source,
		Files: features.Files, ReportDir: reports,
	}
	if wanted := os.Getenv("TAGS"); wanted != "" {
		o.Tags = everything + " && " + wanted
		suite.Test(t, o)
		return
	}
	t.Run("side by side", func(t *testing.T) {
		o := o
		o.Tags, o.Concurrency = tags+" && ~@exclusive", runtime.GOMAXPROCS(0)
		suite.Test(t, o)
	})
	t.Run("one by one", func(t *testing.T) {
		o := o
		o.Name, o.Tags = o.Name+"-exclusive", tags+" && @exclusive"
		suite.Test(t, o)
	})
}

// start returns a stack that stops at the end of the test.
func start(t *testing.T, c stack.Choice) *stack.Stack {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	began := time.Now()
	s, err := stack.Start(ctx, c)
	require.NoError(t, err)
	t.Logf("%s was ready after %.1f s", c, time.Since(began).Seconds())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}
