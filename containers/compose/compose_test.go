// Package compose_test reads compose.yaml as docker compose does, and runs it as `make up` and `make down` do.
package compose_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
)

const root = "../.."

func TestMain(m *testing.M) { os.Exit(containers.Main(m, os.Stderr)) }

// service is what these tests look at in compose.yaml.
type service struct {
	Image       string
	Profiles    []string
	MemLimit    string `json:"mem_limit"`
	Environment map[string]string
	Healthcheck *struct{ Test []string }
	DependsOn   map[string]struct{ Condition string } `json:"depends_on"`
	Ports       []struct {
		HostIP    string `json:"host_ip"`
		Published string
	}
}

// services returns those of all profiles by name.
func services(t *testing.T) map[string]service {
	t.Helper()
	var file struct{ Services map[string]service }
	require.NoError(t, json.Unmarshal([]byte(compose(t, nil, "--profile", "*", "config", "--format", "json")), &file))
	require.NotEmpty(t, file.Services)
	return file.Services
}

func TestEveryImageIsOursOrPinnedInImagesEnv(t *testing.T) {
	t.Parallel()
	pinned := read(t, "images.env")
	for name, s := range services(t) {
		if program, own := strings.CutPrefix(s.Image, "myevents/"); own {
			program, _, _ = strings.Cut(program, ":")
			require.DirExists(t, root+"/cmd/"+program, name)
			continue
		}
		require.Contains(t, pinned, "_IMAGE="+s.Image+"\n", name)
		require.NotContains(t, s.Image, ":latest", name)
	}
}

func TestEveryContainerHasAHealthCheckAndOthersWaitForIt(t *testing.T) {
	t.Parallel()
	docker, err := client.New(client.FromEnv)
	require.NoError(t, err)
	t.Cleanup(func() { _ = docker.Close() })
	for name, s := range services(t) {
		for other, dependency := range s.DependsOn {
			require.Equal(t, "service_healthy", dependency.Condition, "%s waits for %s", name, other)
		}
		if s.Healthcheck != nil {
			continue
		}
		image, err := docker.ImageInspect(t.Context(), s.Image)
		require.NoError(t, err, name)
		require.NotNil(t, image.Config.Healthcheck, "neither compose.yaml nor the image has a health check of %s", name)
	}
}

func TestMemoryIsLimited(t *testing.T) {
	t.Parallel()
	var total int64 // of the core and what watches it
	for name, s := range services(t) {
		limit, err := strconv.ParseInt(s.MemLimit, 10, 64)
		require.NoError(t, err, "%s has no mem_limit", name)
		if len(s.Profiles) == 0 || s.Profiles[0] == "observability" {
			total += limit
		}
	}
	require.LessOrEqual(t, total, int64(4)<<30)
}

func TestPortsAreDocumentedAndForThisMachineOnly(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/containers.md")
	for name, s := range services(t) {
		for _, port := range s.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, name)
			require.Contains(t, page, "localhost:"+port.Published, name)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(root + "/" + name)
	require.NoError(t, err)
	return string(content)
}

// compose runs docker compose as make does.
func compose(t *testing.T, env []string, args ...string) string {
	t.Helper()
	return run(t.Context(), t, env, "airgap/compose", append([]string{"--env-file", "images.env", "--env-file", ".env"}, args...)...)
}

// run runs a command at the root of the repository, with more variables, and returns what it printed.
func run(ctx context.Context, t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(ctx, name, args...)
	var stderr strings.Builder
	cmd.Dir, cmd.Env, cmd.Stderr = root, append(os.Environ(), env...), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s\n%s%s", name, strings.Join(args, " "), out, stderr.String())
	return string(out)
}
