package httpserver

import (
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Nothing outside of the server can take its listener away, hence the test inside.
func TestServerThatLosesItsListenerSaysSoAtOnce(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	s := NewServer(ServerOptions{
		Name: "api", Listen: "127.0.0.1:0", Handler: http.NotFoundHandler(), Failed: func(err error) { failed <- err },
	})
	require.NoError(t, s.Start(t.Context()))
	require.NoError(t, s.plain.Close())
	err := <-failed
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorContains(t, err, "api: ")
	require.ErrorIs(t, s.Stop(t.Context()), net.ErrClosed)

	require.NoError(t, s.Start(t.Context()))
	require.NoError(t, s.Stop(t.Context()))
	require.Empty(t, failed, "a stop is no failure")
}
