package containers_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging/brokers"
)

// TLS ends in front of the server, as it does at a load balancer: it has no certificate.
func TestRabbitMQOverTLS(t *testing.T) {
	t.Parallel()
	server, err := rabbitMQ()
	require.NoError(t, err)
	certificate, file := selfSigned(t)
	address := endTLS(t, certificate, server.Address("5672/tcp"))
	secure := strings.Replace(virtualHost(t, server)(address), "amqp://", "amqps://", 1)

	b := connectRabbitMQ(t, secure+"?cacertfile="+url.QueryEscape(file))
	in := receive(t, durable(t, b, "billing"))
	require.NoError(t, b.Publisher().Publish("test", keyed("1", "a")))
	in.await(t, []string{"1"})

	began := time.Now()
	_, err = brokers.Open(t.Context(), secure, brokers.Options{})
	require.ErrorContains(t, err, "certificate signed by unknown authority")
	_, err = brokers.Open(t.Context(), secure+"?cacertfile=nowhere.pem", brokers.Options{})
	require.ErrorContains(t, err, "open nowhere.pem: no such file")
	require.Less(t, time.Since(began), 10*time.Second, "trying again does not help")
}

// selfSigned returns a certificate of 127.0.0.1, and the file that those who trust it read.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// endTLS returns an address that speaks TLS and passes on to another one what it hears; it ends with the test.
func endTLS(t *testing.T, certificate tls.Certificate, to string) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	require.NoError(t, err)
	var carriers sync.WaitGroup
	carriers.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			carriers.Go(func() { carry(near, far) })
			carriers.Go(func() { carry(far, near) })
		}
	})
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		carriers.Wait()
	})
	return listener.Addr().String()
}
