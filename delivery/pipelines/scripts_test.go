package pipelines_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// script runs a script of ci/ in a folder, with nothing in its environment but what is given, and returns all that it said.
func script(t *testing.T, dir string, env []string, name string, args ...string) (string, error) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, "ci", name))
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// tool returns a program that make has built and named.
func tool(t *testing.T, name string) string {
	t.Helper()
	path := os.Getenv(name)
	if path == "" {
		t.Skip("make test-pipelines says where " + name + " is")
	}
	return path
}

// server is a server that notes what it is asked.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func serve(t *testing.T, answer func(r *http.Request, body string) (int, string)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.asked = append(s.asked, strings.Join([]string{
			r.Method, r.URL.Path, r.Header.Get("Authorization") + r.Header.Get("Job-Token"), string(body),
		}, " "))
		s.mu.Unlock()
		code, said := answer(r, string(body))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, said)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestKubeconfig(t *testing.T) {
	t.Parallel()
	const server = "KUBE_SERVER=https://cluster.example"
	for _, test := range []struct {
		name  string
		env   []string
		wrote string
		says  string
	}{
		{"a token of the team's", []string{server, "KUBE_CA_CERT=PEM", "KUBE_TOKEN=long", "KUBE_ID_TOKEN=short"}, `token: "long"`, ""},
		{"the token of the job", []string{server, "KUBE_CA_CERT=PEM", "KUBE_ID_TOKEN=short"}, `token: "short"`, ""},
		{"the certificate in a file", []string{server, "KUBE_CA_CERT=ca.pem", "KUBE_TOKEN=long"}, "certificate-authority-data: RklMRQo=", ""},
		{"no token", []string{server, "KUBE_CA_CERT=PEM"}, "", "KUBE_ID_TOKEN: is not set"},
		{"no certificate", []string{server, "KUBE_TOKEN=long"}, "", "KUBE_CA_CERT: is not set"},
		{"no cluster", nil, "", "KUBE_SERVER is not set, and there is no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.pem"), []byte("FILE\n"), 0o600))
			file := filepath.Join(dir, "build", "kubeconfig")
			said, err := script(t, dir, append(test.env, "KUBECONFIG="+file), "kubeconfig")
			if test.wrote == "" {
				require.Error(t, err)
				require.Contains(t, said, test.says)
				return
			}
			require.NoError(t, err, said)
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Contains(t, string(content), test.wrote)
			require.Contains(t, string(content), "server: https://cluster.example\n")
			info, err := os.Stat(file)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "others can read the token")

			said, err = script(t, dir, append(test.env, "KUBECONFIG="+file), "kubeconfig", "remove")
			require.NoError(t, err, said)
			require.NoFileExists(t, file)
		})
	}
}

func TestADeploymentIsAnnotated(t *testing.T) {
	t.Parallel()
	grafana := serve(t, func(*http.Request, string) (int, string) { return http.StatusOK, `{"message": "Annotation added"}` })
	said, err := script(t, root, []string{"GRAFANA_URL=" + grafana.URL + "/", "GRAFANA_TOKEN=t"}, "annotate", "staging", "rollback")
	require.NoError(t, err, said)
	require.Len(t, grafana.asked, 1)
	const body = `\{"tags": \["myevents", "rollback", "staging"\], "text": "rollback of [0-9a-f]+.* in staging"\}`
	require.Regexp(t, `^POST /api/annotations Bearer t `+body+`$`, grafana.asked[0])

	said, err = script(t, root, nil, "annotate", "staging")
	require.NoError(t, err)
	require.Contains(t, said, "GRAFANA_URL is not set")

	away := serve(t, func(*http.Request, string) (int, string) { return http.StatusForbidden, "no" })
	said, err = script(t, root, []string{"GRAFANA_URL=" + away.URL, "GRAFANA_TOKEN=t"}, "annotate", "staging")
	require.NoError(t, err, "what is deployed has to be verified, whatever Grafana says")
	require.Contains(t, said, "Grafana was not told of the deployment")
}

func TestNoDatabaseOfVulnerabilitiesIsNotNoVulnerability(t *testing.T) {
	t.Parallel()
	mirror := t.TempDir()
	said, err := script(t, root, []string{"GOVULNDB=file://" + mirror}, "vulndb")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 3, exit.ExitCode(), "the code that .gitlab-ci.yml allows")
	require.Contains(t, said, "NOT SCANNED for vulnerabilities")

	require.NoError(t, os.Mkdir(filepath.Join(mirror, "index"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(mirror, "index", "db.json"), []byte(`{"modified": "2026-01-01T00:00:00Z"}`), 0o600))
	said, err = script(t, root, []string{"GOVULNDB=file://" + mirror}, "vulndb")
	require.NoError(t, err, said)
}

func TestVerifyAsksPrometheus(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "PROMTOOL")
	const nothing = `{"status":"success","data":{"resultType":"vector","result":[]}}`
	const something = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"slo":"x"},"value":[1,"20"]}]}}`
	for _, test := range []struct{ name, found, says string }{
		{"all is well", "", "YES: v1 alone runs"},
		{"a budget burns", "burn_rate:5m > 14.4", "NO: since v1 was deployed, the budgets above burn"},
		{"a service is missing", "vector(5)", "NO: not all five services"},
		{"an old one is left", `version!="v1"`, "NO: the versions above still run beside v1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			prometheus := serve(t, func(r *http.Request, body string) (int, string) {
				r.Body = io.NopCloser(strings.NewReader(body))
				query := r.FormValue("query")
				if test.found != "" && strings.Contains(query, test.found) {
					return http.StatusOK, something
				}
				return http.StatusOK, nothing
			})
			env := []string{"PROMETHEUS_URL=" + prometheus.URL, "PROMTOOL=" + promtool, "VERSION=v1", "VERIFY_SECONDS=0"}
			said, err := script(t, root, env, "verify")
			require.Contains(t, said, test.says)
			require.Equal(t, test.found == "", err == nil, said)
		})
	}
	said, err := script(t, root, []string{"PROMETHEUS_URL=http://127.0.0.1:1", "PROMTOOL=" + promtool, "VERSION=v1"}, "verify")
	require.Error(t, err)
	require.Contains(t, said, "Prometheus cannot be asked")
}

func TestVerifyAsksForWhatTheRulesRecord(t *testing.T) {
	t.Parallel()
	asked, rules := read(t, "ci/verify"), read(t, "observability/prometheus/rules/slo.yml")
	for _, name := range []string{"slo:burn_rate:5m", "slo:bad:rate5m"} {
		require.Contains(t, asked, name)
		require.Contains(t, rules, "record: "+name)
	}
	require.Contains(t, rules, "slo:burn_rate:5m > 14.4", "what pages somebody is what a deployment is judged by")
}

func TestImagesAreTakenFromArchivesAndPushedUnderAllTheirNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	docker := filepath.Join(dir, "docker")
	const record = "#!/bin/sh\necho \"$@\" >>%s/calls\n[ \"$1 $2\" != 'image inspect' ]\n" // the engine has no image
	require.NoError(t, os.WriteFile(docker, fmt.Appendf(nil, record, dir), 0o700))         // #nosec G306 -- it is to be run
	env := []string{"REGISTRY=registry.example/shop", "VERSION=abc", "TAG=v1.2.3", "REGISTRY_USER=u", "REGISTRY_PASSWORD=p"}
	path, err := filepath.Abs(filepath.Join(root, "ci", "publish"))
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), path, "gateway")
	cmd.Env = append(env, "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	require.NoError(t, err)
	require.Equal(t, strings.Join([]string{
		"login --username u --password-stdin registry.example",
		"image inspect myevents/gateway:abc",
		"load --quiet --input build/images/gateway.tar",
		"tag myevents/gateway:abc registry.example/shop/myevents/gateway:abc",
		"push --quiet registry.example/shop/myevents/gateway:abc",
		"tag myevents/gateway:abc registry.example/shop/myevents/gateway:v1.2.3",
		"push --quiet registry.example/shop/myevents/gateway:v1.2.3",
		"",
	}, "\n"), string(calls))
}
