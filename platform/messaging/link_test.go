package messaging_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
)

func TestLinkTellsEachChangeOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	link := messaging.NewLink(zerolog.New(&log))
	requireLink := func(connected, reconnects, unrouted string) {
		t.Helper()
		require.NoError(t, testutil.CollectAndCompare(link, strings.NewReader(`
			# HELP messaging_client_connected 1 while the broker can be reached, 0 while it is away.
			# TYPE messaging_client_connected gauge
			messaging_client_connected `+connected+`
			# HELP messaging_client_reconnects_total How often the broker came back after it had gone away.
			# TYPE messaging_client_reconnects_total counter
			messaging_client_reconnects_total `+reconnects+`
			# HELP messaging_client_unrouted_messages_total `+
			`Messages published that the broker did not keep, because no service has ever subscribed to their topic.
			# TYPE messaging_client_unrouted_messages_total counter
			messaging_client_unrouted_messages_total `+unrouted+`
		`)))
	}
	link.Restored()
	requireLink("1", "0", "0")
	require.Empty(t, log.String())

	link.Lost(errors.New("connection reset"))
	link.Lost(errors.New("connection refused"))
	requireLink("0", "0", "0")
	require.Equal(t, 1, strings.Count(log.String(), "broker.disconnected"))
	require.Contains(t, log.String(), "connection reset")

	link.Restored()
	link.Restored()
	link.Unrouted(3)
	requireLink("1", "1", "3")
	require.Equal(t, 1, strings.Count(log.String(), "broker.reconnected"))
}

func TestParseURLShowsNoPassword(t *testing.T) {
	t.Parallel()
	parameters := messaging.Parameters{
		"size":  func(string) error { return errors.New("too small") },
		"color": func(string) error { return nil },
	}
	for name, test := range map[string]struct{ url, says string }{
		"no host":            {"x://user:secret@", "broker URL x://user:xxxxx@: host is missing"},
		"unknown parameter":  {"x://user:secret@host?a=1", "broker URL x://user:xxxxx@host: parameter a: unknown; known are color, size"},
		"bad value":          {"x://user:secret@host?size=1", "broker URL x://user:xxxxx@host: parameter size: too small"},
		"slash in password":  {"x://user:secret/rest@host", "broker URL cannot be parsed; a / or @ in a password is written as %2F or %40"},
		"control characters": {"x://user:secret@host\n", "broker URL cannot be parsed; a / or @ in a password is written as %2F or %40"},
	} {
		_, err := messaging.ParseURL(test.url, parameters)
		require.EqualError(t, err, test.says, name)
	}
	u, err := messaging.ParseURL("x://user:secret@host/path?color=red", parameters)
	require.NoError(t, err)
	require.Equal(t, "x://user:secret@host/path", u.String())
}
