package httpserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/httpserver"
)

// certificate writes a self-signed certificate for 127.0.0.1 and returns its files and a client that trusts it.
func certificate(t *testing.T) (certFile, keyFile string, client *http.Client) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})

	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(certFile, certPEM, 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}), 0o600))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return certFile, keyFile, &http.Client{Transport: transport}
}

func text(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	body, err := fetch(client, url)
	require.NoError(t, err)
	return body
}

func fetch(client *http.Client, url string) (string, error) {
	answer, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.TLS != nil {
		_, _ = io.WriteString(w, "secure ")
	}
	_, _ = io.WriteString(w, "hello")
})

const anyPort = "127.0.0.1:0"

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestServerSpeaksHTTPAndHTTPSSideBySide(t *testing.T) {
	t.Parallel()
	certFile, keyFile, client := certificate(t)
	s := httpserver.NewServer(httpserver.ServerOptions{
		Name: "api", Listen: anyPort, TLSListen: anyPort, CertFile: certFile, KeyFile: keyFile, Handler: hello, ErrorLog: quiet(),
	})
	require.Empty(t, s.Addr())
	require.NoError(t, s.Start(t.Context()))

	require.Equal(t, "hello", text(t, client, "http://"+s.Addr()))
	require.Equal(t, "secure hello", text(t, client, "https://"+s.TLSAddr()))

	client.CloseIdleConnections()
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, s.Stop(t.Context()), "a second stop does nothing")
	_, err := client.Get("http://" + s.Addr())
	require.Error(t, err)
}

func TestServerCanStartAgain(t *testing.T) {
	t.Parallel()
	s := httpserver.NewServer(httpserver.ServerOptions{Listen: anyPort, Handler: hello})
	for range 2 {
		require.NoError(t, s.Start(t.Context()))
		require.Equal(t, "hello", text(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+s.Addr()))
		require.NoError(t, s.Stop(t.Context()))
	}
}

func TestServerThatCannotListenSaysWhyAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", anyPort)
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	certFile, keyFile, _ := certificate(t)
	for name, c := range map[string]struct {
		options httpserver.ServerOptions
		says    string
	}{
		"address taken": {httpserver.ServerOptions{Listen: taken.Addr().String()}, "address already in use"},
		"TLS address taken": {httpserver.ServerOptions{
			Listen: anyPort, TLSListen: taken.Addr().String(), CertFile: certFile, KeyFile: keyFile,
		}, "in use"},
		"no certificate":      {httpserver.ServerOptions{Listen: anyPort, TLSListen: anyPort}, "load certificate"},
		"no address":          {httpserver.ServerOptions{}, "neither an HTTP nor an HTTPS address"},
		"nonsensical address": {httpserver.ServerOptions{Listen: "nowhere"}, "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.Name, c.options.Handler = "front door", hello
			s := httpserver.NewServer(c.options)
			err := s.Start(t.Context())
			require.ErrorContains(t, err, "front door: ")
			require.ErrorContains(t, err, c.says)
			require.Empty(t, s.Addr())
			require.NoError(t, s.Stop(t.Context()))
		})
	}
}

func TestStopWaitsForRequestsInFlight(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	s := httpserver.NewServer(httpserver.ServerOptions{Listen: anyPort, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-leave
			_, _ = io.WriteString(w, "done")
		})})
	require.NoError(t, s.Start(t.Context()))
	answered, stopped := make(chan string, 1), make(chan error, 1)
	go func() {
		body, err := fetch(&http.Client{}, "http://"+s.Addr())
		assert.NoError(t, err)
		answered <- body
	}()
	<-entered
	address := s.Addr()
	go func() { stopped <- s.Stop(context.Background()) }()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	}, 5*time.Second, time.Millisecond, "no new connections while draining")

	close(leave)

	require.Equal(t, "done", <-answered)
	require.NoError(t, <-stopped)
}

func TestStopBreaksOffWhatDoesNotEndInTime(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	s := httpserver.NewServer(httpserver.ServerOptions{Name: "api", Listen: anyPort, Handler: http.HandlerFunc(
		func(_ http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
		})})
	require.NoError(t, s.Start(t.Context()))
	failed := make(chan error, 1)
	go func() {
		_, err := fetch(&http.Client{}, "http://"+s.Addr())
		failed <- err
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()

	err := s.Stop(ctx)

	require.ErrorContains(t, err, "api: requests were still in flight")
	require.Error(t, <-failed)
}

func TestTimeoutsEndSlowRequests(t *testing.T) {
	t.Parallel()
	s := httpserver.NewServer(httpserver.ServerOptions{
		Listen: anyPort, Handler: hello, Timeouts: httpserver.Timeouts{ReadHeader: 20 * time.Millisecond},
	})
	require.NoError(t, s.Start(t.Context()))
	defer func() { require.NoError(t, s.Stop(context.Background())) }()
	c, err := net.Dial("tcp", s.Addr())
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost:")
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = io.ReadAll(c)
	require.NoError(t, err, "the server must hang up by itself")
}
