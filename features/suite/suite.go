// Package suite runs feature files in a world and writes what happened as JUnit XML and as a readable HTML page.
package suite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/cucumber/godog"

	"github.com/myevents/myevents/features/report"
	"github.com/myevents/myevents/features/steps"
	"github.com/myevents/myevents/features/worlds"
)

// Options are what a run needs. Files, World and ReportDir must be set.
type Options struct {
	Name        string // names the report files: "features" makes features.html and features-junit.xml
	Title       string // of the HTML page
	Files       fs.FS  // the feature files at its root
	World       worlds.Source
	Tags        string // a tag expression such as "@core && ~@exclusive"; a comma means or; empty: all scenarios
	Seed        int64  // of the random order; not 0
	Concurrency int    // scenarios at a time; 0: one
	ReportDir   string // created where it does not exist
	TestingT    *testing.T
}

// Run runs the scenarios. It fails where one failed, had a step that nobody knows or that is pending, and where
// none was left: no scenario has the tags, or the world can do none of them. The reports are written in any case.
func Run(o Options) (err error) {
	if err := os.MkdirAll(o.ReportDir, 0o755); err != nil {
		return fmt.Errorf("make the directory of the reports: %w", err)
	}
	record := report.New(o.Title, steps.TraceID)
	defer func() { err = errors.Join(err, o.write(record)) }()

	run := godog.TestSuite{
		Name: o.Name,
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			told, err := steps.Register(sc, o.World)
			if err != nil {
				panic(err) // a sentence that can never work; the tests of package steps find it
			}
			record.Watch(sc, told)
		},
		Options: &godog.Options{
			Strict: true, Randomize: o.Seed, Concurrency: o.Concurrency, TestingT: o.TestingT, NoColors: true,
			FS: o.Files, Paths: []string{"."}, Tags: o.Tags,
			Format: "junit:" + filepath.Join(o.ReportDir, o.Name+"-junit.xml"), Output: io.Discard,
		},
	}
	status := run.Run()
	switch {
	case status != 0:
		return fmt.Errorf("scenarios failed: see %s.html (seed %d)", filepath.Join(o.ReportDir, o.Name), o.Seed)
	case record.Empty():
		return fmt.Errorf("no scenario has the tags %q", o.Tags)
	case record.AllSkipped():
		return errors.New("every scenario was skipped: the report says why")
	}
	return nil
}

// Test runs the scenarios as subtests, in the order of the environment's SEED or a new one.
func Test(t *testing.T, o Options) {
	t.Helper()
	o.TestingT, o.Seed = t, time.Now().UnixNano()
	if seed := os.Getenv("SEED"); seed != "" {
		var err error
		if o.Seed, err = strconv.ParseInt(seed, 10, 64); err != nil {
			t.Fatalf("SEED: %v", err)
		}
	}
	t.Logf("%s: SEED=%d", o.Name, o.Seed)
	if err := Run(o); err != nil {
		t.Fatal(err)
	}
}

func (o Options) write(record *report.Report) error {
	f, err := os.Create(filepath.Join(o.ReportDir, o.Name+".html"))
	if err != nil {
		return fmt.Errorf("create the report: %w", err)
	}
	if err := errors.Join(record.Write(f), f.Close()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
