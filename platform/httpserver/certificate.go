package httpserver

import (
	"crypto/tls"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// certificate is what a certificate's file and that of its key hold. They are read again when the first has changed, so that
// a renewal needs no restart. It is safe for concurrent use.
type certificate struct {
	certFile, keyFile string                  // PEM
	told              func(expires time.Time) // whenever it was read; nil: nobody is

	mu       sync.Mutex
	loaded   *tls.Certificate // nil before it was first read
	modified time.Time        // of certFile, when that was
}

// current returns the certificate. While the files cannot be read it stays what it was: whoever renews it may be about to
// write the second of them.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.reload(); err != nil && c.loaded == nil {
		return nil, fmt.Errorf("load certificate: %w", err)
	}
	return c.loaded, nil
}

func (c *certificate) reload() error {
	file, err := os.Stat(c.certFile)
	if err != nil {
		return err
	}
	if c.loaded != nil && file.ModTime().Equal(c.modified) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.loaded, c.modified = &pair, file.ModTime()
	if c.told != nil {
		c.told(pair.Leaf.NotAfter)
	}
	return nil
}

// config returns the settings of a listener.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() },
	}
}

// expiry says when the certificate expires; NaN where it cannot be read.
func (c *certificate) expiry() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "http_server_certificate_expiry_timestamp_seconds", Help: "When the certificate of the API over HTTPS expires.",
	}, func() float64 {
		pair, err := c.current()
		if err != nil {
			return math.NaN()
		}
		return float64(pair.Leaf.NotAfter.Unix())
	})
}
