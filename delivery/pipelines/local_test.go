package pipelines_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/delivery/pipelines"
)

// clone makes a clean clone that is gone after the test.
func clone(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "myevents")
	require.NoError(t, pipelines.Clone(t.Context(), root, dir))
	return dir
}

func TestGitLabsQuickJobsRunInACleanClone(t *testing.T) {
	t.Parallel()
	// A port where nobody listens: the job is to say that, and to be allowed to.
	local := pipelines.Local{
		Tool: tool(t, "GITLAB_CI_LOCAL"), Dir: clone(t), Variables: map[string]string{"GOVULNDB": "http://127.0.0.1:1"},
	}
	out, err := local.Run(t.Context(), false, "scan", "vulnerabilities")
	require.NoError(t, err, out)
	require.Regexp(t, ` PASS +scan\b`, out)
	require.Regexp(t, ` WARN +vulnerabilities\b`, out)
	require.Contains(t, out, "NOT SCANNED for vulnerabilities")

	// A secret that is gone again, they say.
	commit(t, local.Dir, "deploy.env", "OPERATOR_PASSWORD=correct-horse-battery\n", "A secret")
	commit(t, local.Dir, "deploy.env", "OPERATOR_PASSWORD=\n", "No secret")
	out, err = local.Run(t.Context(), false, "scan", "publish")
	require.Error(t, err, out)
	require.Contains(t, out, "credential-in-settings")
	require.NotContains(t, out, "correct-horse-battery", "the log of the job tells everybody the secret that it has found")
	require.NotContains(t, out, "publish: [gateway] starting")
}

func TestGitLabKnowsWhichJobsACommitGets(t *testing.T) {
	t.Parallel()
	local := pipelines.Local{Tool: tool(t, "GITLAB_CI_LOCAL"), Dir: clone(t)}
	const shipped = "deploy:staging"
	for _, test := range []struct {
		name      string
		variables []string
		has, not  string
	}{
		{"the default branch", []string{"CI_COMMIT_BRANCH=main", "CI_DEFAULT_BRANCH=main"}, shipped, "release"},
		{"a branch", []string{"CI_COMMIT_BRANCH=mine", "CI_DEFAULT_BRANCH=main"}, "features:containers", shipped},
		{"a tag", []string{"CI_COMMIT_TAG=v1.0.0", "CI_COMMIT_BRANCH=", "CI_DEFAULT_BRANCH=main"}, "release", ""},
		{
			"a merge request", []string{"CI_PIPELINE_SOURCE=merge_request_event", "CI_COMMIT_BRANCH=", "CI_DEFAULT_BRANCH=main"},
			"benchmark", shipped,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--force-shell-executor", "--no-color", "--list-csv"}
			for _, v := range test.variables {
				args = append(args, "--variable", v)
			}
			out, err := local.Call(t.Context(), args...)
			require.NoError(t, err, out)
			require.Contains(t, out, "\n"+test.has)
			if test.not != "" {
				require.NotContains(t, out, "\n"+test.not)
			}
		})
	}
}

func TestTravisQuickJobsRunInACleanClone(t *testing.T) {
	t.Parallel()
	runner := pipelines.Runner{Dir: clone(t), Variables: map[string]string{"GOVULNDB": "http://127.0.0.1:1"}}
	out, err := runner.Run(t.Context(), travis(t), "scan", "vulnerabilities")
	require.NoError(t, err, out)
	require.Regexp(t, `(?s)scan \[\] \$ make scan.*vulnerabilities \[\] \$ .*NOT SCANNED`, out)
}

func TestTheRunnerOfTravisJobs(t *testing.T) {
	t.Parallel()
	runner := pipelines.Runner{Dir: t.TempDir()}
	broken := travis(t)
	for i, job := range broken.Jobs {
		if job.Name == "smoke:staging" {
			broken.Jobs[i].Commands = []string{"[ $X = 1 ]", "echo rolled back"}
			broken.Jobs[i].Regrets = []string{"echo rolled back"}
			broken.Jobs[i].Matrix = [][]string{{"X=1"}, {"X=2"}}
		}
	}
	out, err := runner.Run(t.Context(), broken, "smoke:staging", "verify:production")
	require.ErrorContains(t, err, "smoke:staging: [ $X = 1 ]")
	require.Equal(t, []string{
		"smoke:staging [X=1] $ [ $X = 1 ]", "smoke:staging [X=2] $ [ $X = 1 ]",
		"smoke:staging [X=2] after failure $ echo rolled back", "rolled back",
	}, strings.Split(strings.TrimSpace(out), "\n"))
}
