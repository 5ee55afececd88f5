package containers_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/myevents/myevents/containers"
)

// small has what these tests need of a part: it starts in a moment and tells over HTTP how it is.
func small() containers.Part {
	return containers.Part{
		Name: "small", Image: "NATS_IMAGE", Cmd: []string{"--http_port", "8222"}, Ports: []string{"8222/tcp"},
		Ready: wait.ForHTTP("/healthz").WithPort("8222/tcp"),
	}
}

func healthy(ctx context.Context, t *testing.T, address string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", http.NoBody)
	require.NoError(t, err)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return false
	}
	require.NoError(t, res.Body.Close())
	return res.StatusCode == http.StatusOK
}

func TestAPartKeepsItsAddressHoweverItEnds(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, err := containers.Start(ctx, small())
	require.NoError(t, err)
	c.LogOnFailure(t)
	address := c.Address("8222/tcp")
	require.True(t, healthy(ctx, t, address))

	for _, end := range []func(context.Context) error{c.Kill, c.Stop} {
		require.NoError(t, end(ctx))
		require.False(t, healthy(ctx, t, address))
		require.NoError(t, c.Restart(ctx))
		require.True(t, healthy(ctx, t, address))
	}
	require.NoError(t, c.Pause(ctx))
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	require.False(t, healthy(short, t, address))
	require.NoError(t, c.Unpause(ctx))
	require.True(t, healthy(ctx, t, address))

	require.NoError(t, c.Disconnect(ctx))
	require.False(t, healthy(ctx, t, address))
	require.NoError(t, c.Reconnect(ctx))
	require.True(t, healthy(ctx, t, address))

	logs, err := c.Logs(ctx)
	require.NoError(t, err)
	require.Contains(t, logs, "Server is ready")
	require.NoError(t, c.Remove(ctx))
}

func TestAPartThatDoesNotGetReadyIsRemovedAndTheErrorShowsItsLog(t *testing.T) {
	t.Parallel()
	p := small()
	p.Cmd = []string{"--config", "/no/such/file"}
	_, err := containers.Start(t.Context(), p)
	require.ErrorContains(t, err, "start small: ")
	require.ErrorContains(t, err, "open /no/such/file: no such file or directory")
}

func TestAnImageThatIsNotThereIsNamedWithTheWayToGetIt(t *testing.T) {
	t.Parallel()
	_, err := containers.Start(t.Context(), containers.Part{Name: "nobody", Image: "myevents/nobody:built-this"})
	require.EqualError(t, err, "the engine has no image myevents/nobody:built-this: run `make images`")
}

func TestWithoutAnEngineATestProcessSaysSoInOneLine(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = []string{"DOCKER_HOST=unix:///nowhere/docker.sock"}
	output, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, "no Docker engine answers at unix:///nowhere/docker.sock; docs/containers.md says how to get one\n", string(output))
}
