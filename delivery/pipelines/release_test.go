package pipelines_test

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/delivery/pipelines"
)

// repository makes a repository with the scripts of ci/ and returns its folder.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "ci"), os.DirFS(filepath.Join(root, "ci"))))
	require.NoError(t, pipelines.Git(t.Context(), dir, "init", "--quiet"))
	return dir
}

// commit writes a file and commits it.
func commit(t *testing.T, dir, name, content, subject string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	require.NoError(t, pipelines.Git(t.Context(), dir, "add", name))
	require.NoError(t, pipelines.Git(t.Context(), dir, "commit", "--quiet", "--message", subject))
}

func TestAReleaseIsWhatPeopleDownload(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	commit(t, dir, "a", "1", "Seats are sold")
	require.NoError(t, pipelines.Git(t.Context(), dir, "tag", "v1.0.0"))
	commit(t, dir, "a", "2", "Seats are given back")
	require.NoError(t, pipelines.Git(t.Context(), dir, "tag", "v1.1.0"))
	commit(t, dir, "a", "3", "Not in it")
	for name, content := range map[string]string{"build/cross/linux-arm64/gateway": "program", "build/sbom.json": "{}"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}

	said, err := script(t, dir, nil, "release", "v1.1.0")
	require.NoError(t, err, said)
	changes, err := os.ReadFile(filepath.Join(dir, "build/release/CHANGELOG.md"))
	require.NoError(t, err)
	require.Regexp(t, `^# v1\.1\.0, \d{4}-\d\d-\d\d\n\nSince v1\.0\.0:\n\n- Seats are given back \([0-9a-f]+\)\n$`, string(changes))
	check := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "SHA256SUMS")
	check.Dir = filepath.Join(dir, "build/release")
	checked, err := check.CombinedOutput()
	require.NoError(t, err, string(checked))
	for _, name := range []string{"myevents-v1.1.0-linux-arm64.tar.gz", "myevents-v1.1.0.cdx.json", "CHANGELOG.md"} {
		require.Contains(t, string(checked), name+": OK")
	}

	again, err := script(t, dir, nil, "release", "v1.1.0")
	require.NoError(t, err, again)
	require.Equal(t, said, again, "the archives are other bytes now")
}

func TestAReleaseReachesGitLab(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "build/release"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "build/release/CHANGELOG.md"), []byte("# changes"), 0o600))
	gitLab := serve(t, func(*http.Request, string) (int, string) { return http.StatusCreated, "{}" })
	env := []string{"CI_API_V4_URL=" + gitLab.URL + "/api/v4", "CI_PROJECT_ID=7", "CI_JOB_TOKEN=job"}
	said, err := script(t, dir, env, "release-gitlab", "v1.1.0")
	require.NoError(t, err, said)
	file := gitLab.URL + "/api/v4/projects/7/packages/generic/myevents/v1.1.0/CHANGELOG.md"
	for i, asked := range gitLab.asked {
		gitLab.asked[i], err = url.QueryUnescape(asked)
		require.NoError(t, err)
	}
	require.Equal(t, []string{
		"PUT /api/v4/projects/7/packages/generic/myevents/v1.1.0/CHANGELOG.md job # changes",
		"POST /api/v4/projects/7/releases job tag_name=v1.1.0&description=# changes" +
			"&assets[links][][name]=CHANGELOG.md&assets[links][][url]=" + file,
	}, gitLab.asked)

	for name, test := range map[string]struct {
		packages, release int
		fails             bool
	}{
		"a second try":           {http.StatusCreated, http.StatusConflict, false},
		"no leave for packages":  {http.StatusForbidden, http.StatusCreated, true},
		"no leave for a release": {http.StatusCreated, http.StatusForbidden, true},
	} {
		answers := serve(t, func(r *http.Request, _ string) (int, string) {
			if r.Method == http.MethodPut {
				return test.packages, "{}"
			}
			return test.release, "{}"
		})
		said, err := script(t, dir, append(env[1:], "CI_API_V4_URL="+answers.URL), "release-gitlab", "v1.1.0")
		require.Equal(t, test.fails, err != nil, "%s: %s", name, said)
	}
}

// The work of the benchmark is what the commits differ in.
const benchmark = `package small

import "testing"

func BenchmarkWork(b *testing.B) {
	for b.Loop() {
		for i := range WORK {
			sink += i
		}
	}
}

var sink int
`

func TestALossOfSpeedIsFound(t *testing.T) {
	t.Parallel()
	benchstat := tool(t, "BENCHSTAT")
	dir := repository(t)
	commit(t, dir, "go.mod", "module small\n\ngo 1.26\n", "A module")
	commit(t, dir, "small/small_test.go", strings.ReplaceAll(benchmark, "WORK", "20_000"), "Fast")
	env := []string{"BENCHSTAT=" + benchstat, "GOFLAGS=-buildvcs=false", "GOWORK=off"}

	commit(t, dir, "small/small_test.go", strings.ReplaceAll(benchmark, "WORK", "2_000_000"), "Slow")
	said, err := script(t, dir, env, "bench-compare", "HEAD~1", "./small")
	require.Error(t, err, said)
	require.Regexp(t, `NO: Work\S* is worse by \+\d`, said)

	said, err = script(t, dir, env, "bench-compare", "HEAD~2", "./small") // from before there was anything to measure
	require.NoError(t, err, said)

	commit(t, dir, "small/small_test.go", strings.ReplaceAll(benchmark, "WORK", "20_000"), "Fast again")
	said, err = script(t, dir, env, "bench-compare", "HEAD~1", "./small")
	require.NoError(t, err, said)
}
