package pipelines

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Local runs jobs of a .gitlab-ci.yml on this machine, by gitlab-ci-local and with its shell executor.
type Local struct {
	// Tool is the folder that gitlab-ci-local is installed in, Dir the clone.
	Tool, Dir string
	// Variables win over those that the file sets, as GitLab's own do.
	Variables map[string]string
}

// Run runs the named jobs, with all that they need if needs is set, and returns what they printed. The error says that one has
// failed which may not.
func (l Local) Run(ctx context.Context, needs bool, jobs ...string) (string, error) {
	args := []string{"--force-shell-executor", "--concurrency", "1", "--no-color"}
	if needs {
		args = append(args, "--needs")
	}
	variables, err := hostCaches(ctx)
	if err != nil {
		return "", err
	}
	for name, value := range l.Variables {
		variables[name] = value
	}
	for name, value := range variables {
		args = append(args, "--variable", name+"="+value)
	}
	return l.Call(ctx, append(args, jobs...)...)
}

// Call calls gitlab-ci-local.
func (l Local) Call(ctx context.Context, args ...string) (string, error) {
	node := filepath.Join(l.Tool, "node_modules", "node", "bin", "node")
	program := filepath.Join(l.Tool, "node_modules", "gitlab-ci-local", "dist", "index.js")
	cmd := exec.CommandContext(ctx, node, append([]string{program}, args...)...)
	cmd.Dir = l.Dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), "FORCE_COLOR=0")
	cmd.WaitDelay = 10 * time.Second // for children that keep the pipe
	err := cmd.Run()
	return out.String(), err
}

// hostCaches returns the variables by which the jobs share the caches of this machine rather than fill their own.
func hostCaches(ctx context.Context) (map[string]string, error) {
	names := []string{"GOPATH", "GOCACHE", "GOFLAGS"}
	out, err := exec.CommandContext(ctx, "go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	values := strings.Split(string(out), "\n")
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	variables := map[string]string{"XDG_CACHE_HOME": cache, "GOLANGCI_LINT_CACHE": filepath.Join(cache, "golangci-lint")}
	for i, name := range names {
		variables[name] = values[i]
	}
	return variables, nil
}
