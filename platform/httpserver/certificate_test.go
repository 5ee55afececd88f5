package httpserver_test

import (
	"math"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/httpserver"
)

// expiry returns what the metric says, in Unix seconds, and whether there is one.
func expiry(t *testing.T, registry *prometheus.Registry) (float64, bool) {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == "http_server_certificate_expiry_timestamp_seconds" {
			return f.GetMetric()[0].GetGauge().GetValue(), true
		}
	}
	return 0, false
}

func TestRenewedCertificateIsServedWithoutARestart(t *testing.T) {
	t.Parallel()
	certFile, keyFile, old := certificate(t)
	registry := prometheus.NewRegistry()
	s := httpserver.NewServer(httpserver.ServerOptions{
		Name: "api", TLSListen: anyPort, CertFile: certFile, KeyFile: keyFile, Handler: hello, ErrorLog: quiet(), Registerer: registry,
	})
	require.NoError(t, s.Start(t.Context()))
	defer func() { require.NoError(t, s.Stop(t.Context())) }()
	require.Equal(t, "secure hello", text(t, old, "https://"+s.TLSAddr()))

	newCert, newKey, trusting := certificate(t)
	move(t, newCert, certFile)
	require.Equal(t, "secure hello", text(t, old, "https://"+s.TLSAddr()), "the key does not fit yet: the old one is served")
	move(t, newKey, keyFile)
	require.Equal(t, "secure hello", text(t, trusting, "https://"+s.TLSAddr()))
	trusting.CloseIdleConnections()
	old.CloseIdleConnections()
	_, err := fetch(old, "https://"+s.TLSAddr())
	require.ErrorContains(t, err, "certificate")
}

// move replaces a file, as of a minute from now: file systems may not tell moments apart.
func move(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.Chtimes(from, time.Time{}, time.Now().Add(time.Minute)))
	require.NoError(t, os.Rename(from, to))
}

func TestExpiryOfTheCertificateIsAMetric(t *testing.T) {
	t.Parallel()
	certFile, keyFile, _ := certificate(t)
	o := httpserver.ServerOptions{CertFile: certFile, KeyFile: keyFile, Handler: http.NotFoundHandler()}

	o.Registerer = prometheus.NewRegistry()
	httpserver.NewServer(o)
	_, there := expiry(t, o.Registerer.(*prometheus.Registry))
	require.False(t, there, "without HTTPS nothing expires")

	o.TLSListen, o.Registerer = anyPort, prometheus.NewRegistry()
	httpserver.NewServer(o)
	at, _ := expiry(t, o.Registerer.(*prometheus.Registry))
	require.InDelta(t, time.Now().Add(time.Hour).Unix(), at, 60)

	o.CertFile, o.Registerer = "nowhere", prometheus.NewRegistry()
	httpserver.NewServer(o)
	at, _ = expiry(t, o.Registerer.(*prometheus.Registry))
	require.True(t, math.IsNaN(at), "a file that cannot be read")
}
