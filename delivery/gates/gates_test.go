// Package gates_test takes a commit through both pipelines to a cluster, and breaks one for each gate of GitLab's, in a clean clone. It
// takes two hours of a small machine, so `make test-gates` runs it by hand; docs/delivery.md keeps what it said.
package gates_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/delivery/pipelines"
)

const root = "../.."

// jobTimeout bounds a run: the longest job tests everything with the race detector.
const jobTimeout = time.Hour

// A gate is a job that a bad commit has to stop at.
type gate struct {
	name string
	// job is where it stops, next what waits for that, before what it cannot do without.
	job, next string
	before    []string
	// file is written, or changed by taking out what old says and putting in content.
	file, old, content string
	// unstopped is true where gitlab-ci-local starts next all the same: it takes each failure of a job that may fail in one way
	// for allowed. GitLab does not.
	unstopped bool
	// says is what the log of the job tells whoever has sent the commit.
	says string
}

// gates are those that need no cluster, the quick ones first.
func gates() []gate {
	return []gate{
		{
			name: "a secret", job: "scan", next: "publish", file: "deploy.env",
			content: "OPERATOR_PASSWORD=correct-horse-battery\n", says: "credential-in-settings",
		},
		{
			name: "a manifest that violates policy", job: "manifests", next: "publish", file: "k8s/base/services/pod.yaml",
			old: "runAsNonRoot: true", content: "runAsNonRoot: false", says: "runAsNonRoot",
		},
		{
			name: "a module with a known vulnerability", job: "vulnerabilities", next: "publish", says: "GO-2026-0001", unstopped: true,
		},
		{
			name: "a rule of the house is broken", job: "lint", next: "build", file: "contracts/broken.go",
			content: "package contracts\n\nvar Broken = map[string]string{}\n", says: "gochecknoglobals",
		},
		{
			name: "a unit test fails", job: "test", next: "build", file: "contracts/broken_test.go",
			content: "package contracts_test\n\nimport \"testing\"\n\nfunc TestBroken(t *testing.T) { t.Fatal(\"on purpose\") }\n",
			says:    "TestBroken",
		},
		{
			name: "a scenario fails", job: "features", next: "deploy:staging", file: "features/book_seats.feature",
			old: `And "Jazz Night" has 8 seats left`, content: `And "Jazz Night" has 9 seats left`, says: "TestFeatures/Seats_are_booked",
		},
	}
}

func TestEachGateStopsABadCommit(t *testing.T) {
	asked(t)
	dir := clone(t)
	for _, g := range gates() {
		t.Run(g.name, func(t *testing.T) {
			variables := map[string]string{"GOVULNDB": database(t, g.says)}
			if g.file != "" {
				spoil(t, dir, g)
			}
			local := pipelines.Local{Tool: os.Getenv("GITLAB_CI_LOCAL"), Dir: dir, Variables: variables}
			stops(t, local, g)
		})
	}
}

// asked skips what is run by hand only.
func asked(t *testing.T) {
	t.Helper()
	if os.Getenv("GATES") == "" {
		t.Skip("make test-gates runs it")
	}
}

func clone(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "myevents")
	require.NoError(t, pipelines.Clone(t.Context(), root, dir))
	return dir
}

// stops runs the job of a gate and the one that waits for it, and requires that the first fails, says why, and the other never
// starts. Whoever deploys waits for both.
func stops(t *testing.T, local pipelines.Local, g gate) {
	t.Helper()
	file := filepath.Join(local.Dir, ".gitlab-ci.yml")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	p, err := pipelines.ParseGitLab(file, content)
	require.NoError(t, err)
	require.True(t, p.Before(g.next)[g.job])

	ctx, cancel := context.WithTimeout(t.Context(), jobTimeout)
	defer cancel()
	start := time.Now()
	jobs := append(g.before, g.job)
	if !g.unstopped {
		jobs = append(jobs, g.next)
	}
	out, err := local.Run(ctx, false, jobs...)
	require.Error(t, err, out)
	require.Regexp(t, ` FAIL +`+regexp.QuoteMeta(g.job)+`\b`, out)
	require.Contains(t, out, g.says)
	require.NotRegexp(t, `(?m)^`+regexp.QuoteMeta(g.next)+`\b.* starting `, out)
	t.Logf("%s: stopped at %s after %.0f s, before %s", g.name, g.job, time.Since(start).Seconds(), g.next)
	for line := range strings.Lines(out) {
		if strings.Contains(line, g.says) || strings.HasPrefix(line, " FAIL ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// spoil commits what a gate is to stop, and takes it back when the test is over.
func spoil(t *testing.T, dir string, g gate) {
	t.Helper()
	before, err := exec.CommandContext(t.Context(), "git", "-C", dir, "rev-parse", "HEAD").Output()
	require.NoError(t, err)
	path := filepath.Join(dir, g.file)
	content := g.content
	if g.old != "" {
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(whole), g.old)
		content = strings.Replace(string(whole), g.old, g.content, 1)
	}
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	require.NoError(t, pipelines.Git(t.Context(), dir, "add", g.file))
	require.NoError(t, pipelines.Git(t.Context(), dir, "commit", "--quiet", "--message", "Broken on purpose: "+g.name))
	t.Cleanup(func() {
		require.NoError(t, pipelines.Git(context.Background(), dir, "reset", "--quiet", "--hard", strings.TrimSpace(string(before))))
	})
}

// database makes a copy of a database of vulnerabilities in which one is known: in a function of the standard library that every
// service calls.
func database(t *testing.T, id string) string {
	t.Helper()
	dir := t.TempDir()
	if !strings.HasPrefix(id, "GO-") {
		return "http://127.0.0.1:1" // no database: the job may fail, and says so
	}
	const modified = `"modified": "2026-01-01T00:00:00Z"`
	for name, content := range map[string]string{
		"index/db.json":      `{` + modified + `}`,
		"index/modules.json": `[{"path": "stdlib", "vulns": [{"id": "` + id + `", ` + modified + `}]}]`,
		"index/vulns.json":   `[{"id": "` + id + `", ` + modified + `}]`,
		"ID/" + id + ".json": `{"schema_version": "1.3.1", "id": "` + id + `", ` + modified + `, "summary": "Planted", "affected": [{
			"package": {"name": "stdlib", "ecosystem": "Go"},
			"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
			"ecosystem_specific": {"imports": [{"path": "net/http", "symbols": ["Server.Serve"]}]}}]}`,
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return "file://" + dir
}
