package auth

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Where an issuer publishes what verifiers need.
const (
	KeysPath        = "/.well-known/jwks.json"
	RevocationsPath = "/.well-known/revocations"
)

// maxDocument bounds what is read of an issuer's document, in bytes.
const maxDocument = 16 << 20

// Key is a public key that tokens may be signed with.
type Key struct {
	ID     string
	Public ed25519.PublicKey
}

// Revocation says that a session has ended before its tokens have expired.
type Revocation struct {
	SessionID string    `json:"session_id"`
	Until     time.Time `json:"expires_at"` // when the last token of the session expires by itself
}

// Source is where a Verifier learns keys and revocations from.
type Source interface {
	Keys(ctx context.Context) ([]Key, error)
	Revocations(ctx context.Context) ([]Revocation, error)
}

// HTTPSource reads what the issuer at URL publishes. Both fields are required; deadlines are the caller's.
type HTTPSource struct {
	URL    string // without a trailing slash
	Client *http.Client
}

// jwk is the wire form of a key: RFC 8037, an octet key pair on curve Ed25519.
type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	X         string `json:"x"`
}

type keySet struct {
	Keys []jwk `json:"keys"`
}

type revocationList struct {
	Items []Revocation `json:"items"`
}

// EncodeKeys returns the JSON Web Key Set to serve at KeysPath.
func EncodeKeys(keys []Key) ([]byte, error) {
	set := keySet{Keys: make([]jwk, len(keys))}
	for i, k := range keys {
		x := base64.RawURLEncoding.EncodeToString(k.Public)
		set.Keys[i] = jwk{Type: "OKP", Curve: "Ed25519", Use: "sig", Algorithm: "EdDSA", ID: k.ID, X: x}
	}
	return json.Marshal(set)
}

// EncodeRevocations returns the document to serve at RevocationsPath.
func EncodeRevocations(revocations []Revocation) ([]byte, error) {
	return json.Marshal(revocationList{Items: append([]Revocation{}, revocations...)})
}

// Keys fetches the issuer's key set. Keys of other kinds than Ed25519 are left out.
func (s HTTPSource) Keys(ctx context.Context) ([]Key, error) {
	var set keySet
	if err := s.get(ctx, KeysPath, &set); err != nil {
		return nil, err
	}
	var keys []Key
	for _, k := range set.Keys {
		if k.Type != "OKP" || k.Curve != "Ed25519" {
			continue
		}
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil || len(x) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("key %s of the issuer is not an Ed25519 key", k.ID)
		}
		keys = append(keys, Key{ID: k.ID, Public: x})
	}
	return keys, nil
}

// Revocations fetches the sessions whose tokens must not be accepted any more.
func (s HTTPSource) Revocations(ctx context.Context) ([]Revocation, error) {
	var list revocationList
	if err := s.get(ctx, RevocationsPath, &list); err != nil {
		return nil, err
	}
	return list.Items, nil
}

func (s HTTPSource) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("request %s: %w", path, err)
	}
	res, err := s.Client.Do(req)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", path, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch %s: the issuer answered %s", path, res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxDocument)).Decode(into); err != nil {
		return fmt.Errorf("decode %s: %w", path, err)
	}
	return nil
}
