package door_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/gateway/door"
)

func TestClientIsKnownBehindTheDoor(t *testing.T) {
	t.Parallel()
	proxies := []string{"10.0.0.0/8"}
	clients, err := door.NewClients(proxies)
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		from func() *http.Request
		want string
	}{
		{"directly", from("198.51.100.7:1"), "198.51.100.7"},
		{"over IPv6", from("[2001:db8::1]:1"), "2001:db8::1"},
		{"with a claim of its own", from("198.51.100.7:1", "192.0.2.1"), "198.51.100.7"},
		{"through a trusted proxy", from("10.0.0.1:1", "192.0.2.1"), "192.0.2.1"},
		{"through two, with a claim of its own", from("10.0.0.1:1", "1.1.1.1, 192.0.2.1, 10.0.0.2"), "192.0.2.1"},
		{"a proxy itself", from("10.0.0.1:1"), "10.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := options()
			o.TrustedProxies = proxies
			h := open(t, o, func(_ http.ResponseWriter, r *http.Request) {
				assert.Equal(t, c.want, clients.Of(r).String())
			})
			require.Equal(t, http.StatusOK, send(h, c.from()).Code)
		})
	}
	_, err = door.NewClients([]string{"proxy"})
	require.ErrorContains(t, err, "trusted proxy")
}
