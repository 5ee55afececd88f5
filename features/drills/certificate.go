package drills

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// goodFor is how long a certificate lasts that was just renewed.
const goodFor = 90 * 24 * time.Hour

func certificateFile(dir string) string { return filepath.Join(dir, "tls.crt") }
func keyFile(dir string) string         { return filepath.Join(dir, "tls.key") }

// writeCertificate writes a certificate of the gateway that expires in so long, and its key.
func writeCertificate(dir string, expires time.Duration) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "gateway"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(expires),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		writePEM(keyFile(dir), "PRIVATE KEY", private),
		writePEM(certificateFile(dir), "CERTIFICATE", certificate),
	)
}

// writePEM replaces the file at once.
func writePEM(file, kind string, content []byte) error {
	if err := os.WriteFile(file+".new", pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
