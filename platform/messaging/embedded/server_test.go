package embedded_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging/embedded"
)

func TestServerKeepsMessagesOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, embedded.Options{Dir: dir})
	require.Empty(t, server.URL(), "nobody asked it to listen")
	b, err := server.Connect(t.Context())
	require.NoError(t, err)
	require.Equal(t, embedded.SyncLag, b.SyncLag())
	require.NoError(t, b.Publisher().Publish("test", message.NewMessage("kept", []byte("kept"))))
	require.NoError(t, b.Close())
	server.Stop()
	server.Stop()

	b, err = start(t, embedded.Options{Dir: dir}).Connect(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close()) }()
	s, err := b.Subscriber("billing")
	require.NoError(t, err)
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	got := <-batches
	require.Len(t, got, 1)
	require.Equal(t, "kept", string(got[0].Payload()))
	got[0].Ack()
	require.NoError(t, s.Close())
}

func TestServerListensWhereItIsTold(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	conn, err := net.Dial("tcp", server.URL()[len("nats://"):])
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}

func TestStartSaysWhyItFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	taken := start(t, embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	for name, test := range map[string]struct {
		options embedded.Options
		says    string
	}{
		"no directory":           {embedded.Options{}, "directory is missing"},
		"a file for a directory": {embedded.Options{Dir: file}, "not a directory"},
		"no port":                {embedded.Options{Dir: t.TempDir(), Listen: "localhost"}, "missing port"},
		"a port that is taken":   {embedded.Options{Dir: t.TempDir(), Listen: taken.URL()[len("nats://"):]}, "address already in use"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := embedded.Start(test.options)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func start(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(o)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	return server
}
