package evidence

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/features/worlds"
)

// platform is what the tour needs of a world.
type platform interface {
	worlds.World
	worlds.Admin
	worlds.Services
	worlds.Broker
	worlds.Controls
	worlds.Secrets
}

// open starts a platform that serves HTTPS too, and has fault flags that are all off.
func open(t *testing.T) platform {
	t.Helper()
	world, err := worlds.Embedded(t.Context())
	require.NoError(t, err)
	p := world.(platform)
	t.Cleanup(func() { require.NoError(t, p.Close(context.Background())) })
	dir := t.TempDir()
	file := func(name string, text []byte) string {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
		return filepath.Join(dir, name)
	}
	certificate, key := certificate(t)
	require.NoError(t, p.Restart(t.Context(), map[string]string{
		"TLS_LISTEN": "127.0.0.1:0", "TLS_CERT": file("tls.crt", certificate), "TLS_KEY": file("tls.key", key),
		"AUDIT_INTERVAL": "200ms", "FAULT_FLAGS": file("flags.json", []byte(`{"flags": {}}`)),
	}))
	return p
}

// certificate borrows that of the standard library's test servers.
func certificate(t *testing.T) (certificate, key []byte) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
}

// watched is a world that goes on when a scenario is over, and whose metrics are those that the Prometheus has.
type watched struct {
	platform
	*Prometheus
}

func (watched) Close(context.Context) error { return nil }

func (w watched) Metrics() doors.Metrics { return door{w.Prometheus} }

// shared is the source of one world for all scenarios.
func shared(p platform, by *Prometheus) worlds.Source {
	return func(context.Context) (worlds.World, error) { return watched{p, by}, nil }
}

// door asks the Prometheus.
type door struct{ *Prometheus }

// Now waits until the Prometheus has seen the present.
func (d door) Now(ctx context.Context) (time.Time, error) {
	now := time.Now()
	for ctx.Err() == nil {
		if seen, err := d.Scraped(ctx, now); seen || err != nil {
			return time.Now(), err
		}
		<-time.After(pace / 10)
	}
	return now, ctx.Err()
}

func (d door) Query(ctx context.Context, promql string, at time.Time) (all []doors.Sample, err error) {
	result, err := d.instant(ctx, promql, at)
	for _, s := range result {
		all = append(all, doors.Sample{Labels: s.Metric.Map(), Value: s.F})
	}
	return all, err
}

func (door) Exemplars(context.Context, string, time.Time) ([]string, error) {
	return nil, errors.New("the tour asks for no exemplars")
}
