package gates_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/delivery/pipelines"
)

// GitLab's pipeline takes a good commit all the way to the test cluster, and then meets two that only a cluster can find bad. All the time
// somebody asks for events, and gets them.
func TestAGoodCommitGoesThroughAndBadOnesLeaveItServing(t *testing.T) {
	asked(t)
	dir := clone(t)
	variables := deployment(t, dir)
	local := pipelines.Local{Tool: os.Getenv("GITLAB_CI_LOCAL"), Dir: dir, Variables: variables}
	variables["CI_COMMIT_BRANCH"], variables["CI_DEFAULT_BRANCH"] = "main", "main"
	ctx, cancel := context.WithTimeout(t.Context(), 2*jobTimeout)
	defer cancel()
	out, err := local.Run(ctx, false, way()...)
	t.Log(verdicts(out))
	require.NoError(t, err, out)
	good := ask(t, dir, "releases", "version", "current")
	watch(t, ask(t, dir, "front-door"))

	t.Run("an image does not become ready", func(t *testing.T) {
		g := gate{
			name: t.Name(), before: []string{"build", "publish"}, job: "deploy:staging", next: "smoke:staging", file: "cmd/bookingservice/main.go",
			old: "func main() {\n", content: "func main() {\n\tos.Exit(1)\n", says: "did not become ready",
		}
		spoil(t, dir, g)
		stops(t, local, g)
		require.Equal(t, good, ask(t, dir, "releases", "version", "current"))
	})
	t.Run("what only smoke finds", func(t *testing.T) {
		spoil(t, dir, gate{
			name: t.Name(), file: "services/gateway/routes.go",
			old: `{"/api/v1/search", Search}`, content: `{"/api/v1/search", Booking}`,
		})
		out, err := local.Run(ctx, false, "build", "publish", "deploy:staging", "smoke:staging", "rollback:staging")
		t.Log(verdicts(out))
		require.Error(t, err, out)
		for _, verdict := range []string{"PASS +deploy", "FAIL +smoke", "PASS +rollback"} {
			require.Regexp(t, " "+verdict+":staging", out)
		}
		require.Equal(t, good, ask(t, dir, "releases", "version", "current"))
	})
}

func TestTravisTakesTheSameWay(t *testing.T) {
	asked(t)
	dir := clone(t)
	content, err := os.ReadFile(filepath.Join(dir, ".travis.yml"))
	require.NoError(t, err)
	p, err := pipelines.ParseTravis(".travis.yml", content)
	require.NoError(t, err)
	runner := pipelines.Runner{Dir: dir, Variables: deployment(t, dir)}
	ctx, cancel := context.WithTimeout(t.Context(), 2*jobTimeout)
	defer cancel()
	out, err := runner.Run(ctx, p, way()...)
	require.NoError(t, err, out)
	for line := range strings.Lines(out) {
		if strings.Contains(line, "] $ ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// way are the jobs from a push to staging, without those that try the same on more brokers and stores, or measure.
func way() []string {
	return []string{
		"lint", "terraform", "test", "features", "build", "scan", "vulnerabilities", "manifests", "publish", "deploy:staging", "smoke:staging",
	}
}

// deployment returns the variables of pipelines whose staging is the test cluster of `make cluster`, with a registry of their own. What is
// deployed is removed after the test.
func deployment(t *testing.T, dir string) map[string]string {
	t.Helper()
	kubeconfig := os.Getenv("KUBECONFIG")
	require.FileExists(t, kubeconfig, "there is no cluster: make cluster")
	registry := startRegistry(t)
	t.Cleanup(func() {
		undeploy := exec.CommandContext(context.WithoutCancel(t.Context()), "ci/undeploy", "local")
		undeploy.Dir = dir
		out, err := undeploy.CombinedOutput()
		require.NoError(t, err, string(out))
	})
	return map[string]string{
		"STAGING": "local", "KUBECONFIG": kubeconfig, "GOVULNDB": "http://127.0.0.1:1", "ROLLOUT_TIMEOUT": "90s",
		"CI_REGISTRY_IMAGE": registry + "/shop", "CI_REGISTRY_USER": "user", "CI_REGISTRY_PASSWORD": "password", // GitLab's names,
		"REGISTRY": registry + "/shop", "REGISTRY_USER": "user", "REGISTRY_PASSWORD": "password", // and what Travis is told
	}
}

// startRegistry starts a registry of images on a port of this machine, and returns its address. It asks nobody who they are.
func startRegistry(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	settings := filepath.Join(t.TempDir(), "registry.yml")
	require.NoError(t, os.WriteFile(settings, []byte("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: "+t.TempDir()+
		"}}\nhttp: {addr: "+address+"}\n"), 0o600))
	registry := exec.CommandContext(context.WithoutCancel(t.Context()), os.Getenv("DISTRIBUTION"), "serve", settings)
	registry.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	registry.Stderr = t.Output()
	require.NoError(t, registry.Start())
	t.Cleanup(func() {
		_ = registry.Process.Kill()
		_ = registry.Wait() // it was killed
	})
	client := &http.Client{Timeout: time.Second}
	require.Eventually(t, func() bool { return served(t.Context(), client, "http://"+address+"/v2/") }, 10*time.Second, 50*time.Millisecond)
	return address
}

// verdicts returns what is said of the jobs in the end.
func verdicts(out string) string {
	var said strings.Builder
	for line := range strings.Lines(out) {
		if strings.Contains(line, " finished in ") || strings.HasPrefix(line, " PASS ") || strings.HasPrefix(line, " FAIL ") {
			said.WriteString(line)
		}
	}
	return said.String()
}

// ask returns what a script of ci/ says about the cluster.
func ask(t *testing.T, dir, script string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ci/"+script, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// watch asks for events, ten times a second, until the test is over, and then requires that nobody was sent away.
func watch(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	type count struct{ asked, failed int }
	done := make(chan count)
	go func() {
		var n count
		client := &http.Client{Timeout: 5 * time.Second}
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				done <- n
				return
			case <-tick.C:
				n.asked++
				if !served(ctx, client, url+"/api/v1/events") {
					n.failed++
				}
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		n := <-done
		t.Logf("%d requests meanwhile, %d of them not served", n.asked, n.failed)
		require.Zero(t, n.failed)
	})
}

// served says whether a request was answered; one that the end of the test has cut off counts as that.
func served(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	answer, err := client.Do(request)
	if err != nil {
		return ctx.Err() != nil
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err == nil && answer.StatusCode == http.StatusOK
}
