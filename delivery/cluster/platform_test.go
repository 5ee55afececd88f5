package cluster_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds whatever is waited for: two cores start five services, their broker and their stores.
const patience = 6 * time.Minute

// platform is what is deployed, and how it is talked to: by the commands of the Makefile and of ci/, and by kubectl.
type platform struct {
	root    string
	version string
	env     []string
	secrets map[string]string // by the name of their variable
	said    *transcript
}

// transcript is all that commands have said, on both streams.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (w *transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// start returns a platform that is about to be deployed: to the cluster that is there, or else to one that ends with the test.
func start(t *testing.T) *platform {
	t.Helper()
	if os.Getenv("KUBECTL") == "" {
		t.Skip("make test-cluster runs it, with the programs that it needs")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	p := &platform{root: root, version: os.Getenv("VERSION"), said: &transcript{}, secrets: map[string]string{
		"ADMIN_TOKEN": rand.Text(), "PEPPER": rand.Text(), "OPERATOR_PASSWORD": rand.Text(),
		"RABBITMQ_PASSWORD": rand.Text(), "MONGODB_PASSWORD": rand.Text(),
	}}
	for name, value := range p.secrets {
		p.env = append(p.env, name+"="+value)
	}
	if _, err := p.try(t, 10*time.Second, "bash", "-c", "$KUBECTL get --raw /readyz"); err != nil {
		t.Cleanup(func() { p.downLeavesNothing(t) })
		p.run(t, "make", "cluster")
	}
	require.Empty(t, p.kubectl(t, "get", "namespace", "myevents", "--ignore-not-found"), "something is deployed: make undeploy")
	t.Cleanup(func() { undeployLeavesNothing(t, p) })
	return p
}

// with returns the same platform for commands that get other variables as well.
func (p *platform) with(env ...string) *platform {
	other := *p
	other.env = append(slices.Clone(p.env), env...)
	return &other
}

// command makes a command that runs in the root of the work tree, can be ended together with all that it has started, and is ended
// with the context.
func (p *platform) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env = p.root, append(os.Environ(), p.env...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	return c
}

// try runs a command and returns what it said.
func (p *platform) try(t *testing.T, atMost time.Duration, name string, args ...string) (string, error) {
	t.Helper()
	// Without the test's own context: what cleans up runs after its end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), atMost)
	defer cancel()
	var said bytes.Buffer
	c := p.command(ctx, name, args...)
	c.Stdout = io.MultiWriter(&said, p.said)
	c.Stderr = c.Stdout
	err := c.Run()
	return strings.TrimSpace(said.String()), err
}

// run runs a command that has to succeed.
func (p *platform) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	began := time.Now()
	said, err := p.try(t, patience, name, args...)
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), said)
	if took := time.Since(began); took > 2*time.Second {
		t.Logf("%5.1f s  %s %s", took.Seconds(), name, strings.Join(args, " "))
	}
	return said
}

// deploy does what `make deploy` does when the images are there.
func (p *platform) deploy(t *testing.T, version string) {
	t.Helper()
	p.run(t, "ci/deploy", "local", version)
}

// kubectl runs kubectl in the platform's namespace.
func (p *platform) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return p.run(t, os.Getenv("KUBECTL"), append([]string{"--namespace", "myevents"}, args...)...)
}

// image returns the image that the pods of a deployment have.
func (p *platform) image(t *testing.T, deployment string) string {
	t.Helper()
	return p.kubectl(t, "get", "deployment", deployment, "--output", "jsonpath={.spec.template.spec.containers[0].image}")
}

// pods returns the names of a service's pods that are ready and not about to go.
func (p *platform) pods(t *testing.T, service string) []string {
	t.Helper()
	ready := `{range .items[*]}{.metadata.name} {.metadata.deletionTimestamp} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`
	lines := p.kubectl(t, "get", "pods", "--selector", "app.kubernetes.io/name="+service, "--output", "jsonpath="+ready)
	var names []string
	for line := range strings.Lines(lines) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[1] == "True" {
			names = append(names, fields[0])
		}
	}
	return names
}

// describe says what there is, for whoever reads why a test has failed.
func (p *platform) describe(t *testing.T) {
	t.Helper()
	for _, what := range []string{"pods", "horizontalpodautoscalers"} {
		said, _ := p.try(t, time.Minute, os.Getenv("KUBECTL"), "--namespace", "myevents", "get", what, "--output", "wide")
		t.Log(said)
	}
}

// downLeavesNothing removes the test's own cluster.
func (p *platform) downLeavesNothing(t *testing.T) {
	p.run(t, "make", "cluster-down")
	node := filepath.Join(p.root, "build/cluster")
	require.NoDirExists(t, node)
	for _, table := range []string{"/proc/self/mounts", "/proc/net/dev"} {
		text, err := os.ReadFile(table)
		require.NoError(t, err)
		require.NotContains(t, string(text), node)
		require.NotContains(t, string(text), "myevents0")
	}
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, process := range processes {
		line, _ := os.ReadFile(process) // it may have ended
		require.NotContains(t, string(line), node, process)
	}
	groups, err := filepath.Glob("/sys/fs/cgroup/*/myevents-cluster")
	require.NoError(t, err)
	require.Empty(t, groups)
}

// program returns the name of the image that a deployment runs.
func program(deployment string) string {
	if deployment == "gateway" {
		return deployment
	}
	return deployment + "service"
}

func decoded(t *testing.T, text string) string {
	t.Helper()
	plain, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	return string(plain)
}
