package httpserver_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/httpserver"
)

func TestStopAnswersWhoStillAsksAndSendsThemAway(t *testing.T) {
	t.Parallel()
	s := httpserver.NewServer(httpserver.ServerOptions{Listen: anyPort, Handler: hello, Drain: time.Minute})
	require.NoError(t, s.Start(t.Context()))
	client := &http.Client{Transport: &http.Transport{}}
	require.Equal(t, "hello", text(t, client, "http://"+s.Addr()))
	address, stopped := s.Addr(), make(chan error, 1)
	go func() { stopped <- s.Stop(t.Context()) }()

	require.Eventually(t, func() bool { // on the same connection, until that is the last answer
		answer, err := client.Post("http://"+address, "text/plain", http.NoBody)
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.Close
	}, 5*time.Second, time.Millisecond)

	select {
	case err := <-stopped:
		require.NoError(t, err)
	case <-time.After(5 * time.Second):
		require.Fail(t, "it waits although everybody has left")
	}
}

func TestStopDoesNotWaitForSilentClientsForEver(t *testing.T) {
	t.Parallel()
	s := httpserver.NewServer(httpserver.ServerOptions{Listen: anyPort, Handler: hello, Drain: 20 * time.Millisecond})
	require.NoError(t, s.Start(t.Context()))
	require.Equal(t, "hello", text(t, &http.Client{Transport: &http.Transport{}}, "http://"+s.Addr()))
	require.NoError(t, s.Stop(t.Context()))
}

func TestAnswerWithoutEndLearnsThatTheServerStops(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	endless := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		select {
		case <-httpserver.Stopping(r.Context()):
		case <-r.Context().Done():
		}
	})
	s := httpserver.NewServer(httpserver.ServerOptions{Listen: anyPort, Handler: endless, Drain: time.Minute})
	require.NoError(t, s.Start(t.Context()))
	address, ended := s.Addr(), make(chan error, 1)
	go func() {
		_, err := fetch(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+address)
		ended <- err
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
	require.NoError(t, <-ended)
	require.Nil(t, httpserver.Stopping(t.Context()), "no server, no end of it")
}
