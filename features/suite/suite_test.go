package suite_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/suite"
	"github.com/myevents/myevents/features/worlds"
)

// run runs one feature against a platform that answers everything with 404, and returns the two reports.
func run(t *testing.T, tags, feature string) (page, junit string, err error) {
	t.Helper()
	return runIn(t, worlds.Doors{}, tags, feature)
}

func runIn(t *testing.T, d worlds.Doors, tags, feature string) (page, junit string, err error) {
	t.Helper()
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"type":"urn:myevents:problem:nothing-here","status":404,"code":"nothing-here",` +
			`"detail":"for ` + r.Header.Get("Traceparent") + `"}`))
	}))
	t.Cleanup(platform.Close)
	world, err := worlds.Remote(platform.URL, worlds.Account{}, d)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "build")

	err = suite.Run(suite.Options{
		Name: "features", Title: "Features", Files: fstest.MapFS{"one_thing.feature": {Data: []byte(feature)}}, World: world,
		Tags: tags, Seed: 1, ReportDir: dir,
	})
	return read(t, dir, "features.html"), read(t, dir, "features-junit.xml"), err
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(content)
}

func TestAScenarioThatPassesIsInBothReports(t *testing.T) {
	t.Parallel()
	page, junit, err := run(t, "", `
Feature: One thing
  @core
  Scenario: Asking for nothing
    When a visitor sends GET "/nothing"
    Then the answer is the problem "nothing-here" with the status 404
    And the answer does not contain "something"
`)
	require.NoError(t, err)
	require.Contains(t, page, "1 passed")
	require.Contains(t, page, "Asking for nothing")
	require.Contains(t, page, "one thing")
	require.Contains(t, page, `When a visitor sends GET &#34;/nothing&#34;`)
	require.Contains(t, page, "And the answer does not contain")
	require.Regexp(t, `<td class="trace" title="trace id">[0-9a-f]{32}</td>`, page)
	require.Contains(t, junit, `tests="1"`)
	require.Contains(t, junit, `failures="0"`)
}

func TestAFailedStepShowsTheExchangeAndItsTraceIsThatOfTheRequest(t *testing.T) {
	t.Parallel()
	page, junit, err := run(t, "", `
Feature: One thing
  Scenario: Expecting too much
    When a visitor sends GET "/nothing"
    Then the answer has the status 200
    And the answer has the status 404
`)
	require.ErrorContains(t, err, "features.html (seed 1)")
	require.Contains(t, page, "1 failed")
	for _, part := range []string{"the answer should have the status 200", "GET /api/v1/nothing", "answered 404", "nothing-here"} {
		require.Contains(t, page, part)
		require.Contains(t, junit, part)
	}
	require.Contains(t, page, `class="skipped"`)
	sent := regexp.MustCompile(`for 00-([0-9a-f]{32})-[0-9a-f]{16}-01`).FindStringSubmatch(page)
	require.NotNil(t, sent)
	require.Contains(t, page, `<td class="trace" title="trace id">`+sent[1]+`</td>`)
}

func TestAFailedStepShowsItsTrace(t *testing.T) {
	t.Parallel()
	zipkin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `[{"traceId":%q,"id":"2","parentId":"1","kind":"SERVER","name":"get /nothing",`+
			`"localEndpoint":{"serviceName":"gateway"}}]`, path.Base(r.URL.Path))
	}))
	t.Cleanup(zipkin.Close)
	page, _, err := runIn(t, worlds.Doors{Zipkin: zipkin.URL}, "", `
Feature: One thing
  Scenario: Expecting too much
    When a visitor sends GET "/nothing"
    Then the answer has the status 200
`)
	require.Error(t, err)
	sent := regexp.MustCompile(`for 00-([0-9a-f]{32})-[0-9a-f]{16}-01`).FindStringSubmatch(page)
	require.NotNil(t, sent)
	require.Contains(t, page, "the trace of the failed step</summary><pre>"+sent[1]+"\ngateway server get /nothing\n</pre>")
}

func TestAScenarioThatLooksThroughADoorThatIsNotThereIsSkippedAndSaysWhy(t *testing.T) {
	t.Parallel()
	page, junit, err := run(t, "", `
Feature: One thing
  @traces
  Scenario: Looking at a trace
    When a visitor sends GET "/nothing"
    Then nobody kept the trace
  Scenario: Looking at the answer
    When a visitor sends GET "/nothing"
    Then the answer has the status 404
`)
	require.NoError(t, err)
	require.Contains(t, page, "1 passed, 1 skipped")
	require.Contains(t, page, "set ZIPKIN_URL")
	require.Contains(t, junit, `type="skipped"`)
}

func TestARunOfWhichNothingIsLeftFails(t *testing.T) {
	t.Parallel()
	_, _, err := run(t, "@traces", `
Feature: One thing
  @traces
  Scenario: Looking at a trace
    When a visitor sends GET "/nothing"
    Then nobody kept the trace
`)
	require.ErrorContains(t, err, "every scenario was skipped")
}

func TestAStepThatNobodyKnowsFailsTheRun(t *testing.T) {
	t.Parallel()
	page, junit, err := run(t, "", `
Feature: One thing
  Scenario: Wishful thinking
    When a visitor sends GET "/nothing"
    Then everybody is happy
`)
	require.Error(t, err)
	require.Contains(t, page, "1 failed")
	require.Contains(t, page, "there is no such sentence")
	require.Contains(t, junit, "Wishful thinking")
}

func TestAScenarioWithoutStepsFailsTheRun(t *testing.T) {
	t.Parallel()
	_, _, err := run(t, "", `
Feature: One thing
  Scenario: To be written
`)
	require.Error(t, err)
}

func TestAWorldThatDoesNotOpenFailsTheScenario(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := suite.Run(suite.Options{
		Name: "features", Title: "Features",
		Files: fstest.MapFS{"x.feature": {Data: []byte("Feature: X\n  Scenario: Y\n    When a visitor sends GET \"/\"\n")}},
		World: func(context.Context) (worlds.World, error) { return nil, os.ErrDeadlineExceeded }, Seed: 1, ReportDir: dir,
	})
	require.Error(t, err)
	require.Contains(t, read(t, dir, "features.html"), "open the world")
}

func TestTagsThatNoScenarioHasFailTheRun(t *testing.T) {
	t.Parallel()
	_, _, err := run(t, "@boking", `
Feature: One thing
  @booking
  Scenario: Asking for nothing
    When a visitor sends GET "/nothing"
`)
	require.ErrorContains(t, err, "@boking")
}

func TestTagsChooseScenarios(t *testing.T) {
	t.Parallel()
	page, _, err := run(t, "@booking && ~@slow", `
Feature: One thing
  @booking
  Scenario: Chosen
    When a visitor sends GET "/nothing"
  @booking @slow
  Scenario: Too slow
    When a visitor sends GET "/nothing"
`)
	require.NoError(t, err)
	require.Contains(t, page, "Chosen")
	require.NotContains(t, page, "Too slow")
}
