package brokers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging/brokers"
	"github.com/myevents/myevents/platform/messaging/embedded"
)

func TestOpenChoosesByScheme(t *testing.T) {
	t.Parallel()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	b, err := brokers.Open(t.Context(), server.URL(), brokers.Options{Client: "test"})
	require.NoError(t, err)
	require.Equal(t, "nats", b.Features().System)
	require.NoError(t, b.Close())
}

func TestOpenNamesTheSchemesItKnows(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"carrier-pigeon://host", "host:4222", ""} {
		_, err := brokers.Open(t.Context(), url, brokers.Options{})
		require.ErrorContains(t, err, "known schemes: nats", url)
	}
}
