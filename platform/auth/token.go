package auth

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/myevents/myevents/platform/fault"
)

// TokenLife is how long a token is accepted after it was issued.
const TokenLife = 10 * time.Minute

const issuer = "myevents"

// claims is the wire form of a token.
type claims struct {
	jwt.RegisteredClaims
	SessionID string   `json:"sid"`
	Roles     []string `json:"roles"`
}

// Grant is what a token says.
type Grant struct {
	ID        string // unique: two tokens of a session differ even where they are issued in the same second
	Principal Principal
	IssuedAt  time.Time // whole seconds count
}

// Expires returns when a token with this grant stops being accepted.
func (g Grant) Expires() time.Time { return g.IssuedAt.Truncate(time.Second).Add(TokenLife) }

// Sign returns a token that is signed with the key verifiers know as keyID.
func Sign(keyID string, key ed25519.PrivateKey, g Grant) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			ID:        g.ID,
			Issuer:    issuer,
			Subject:   g.Principal.UserID,
			IssuedAt:  jwt.NewNumericDate(g.IssuedAt),
			ExpiresAt: jwt.NewNumericDate(g.Expires()),
		},
		SessionID: g.Principal.SessionID,
		Roles:     g.Principal.Roles,
	})
	token.Header["kid"] = keyID
	signed, err := token.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed, nil
}

// verified is what remains of a token once its signature has been checked.
type verified struct {
	principal *Principal // shared by all requests that bring the token
	expires   time.Time
}

// parse checks the signature, issuer and expiry of a token. The errors carry no cause: those of the JWT library may
// quote parts of the token.
func parse(token string, now time.Time, key func(keyID string) (ed25519.PublicKey, bool)) (verified, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c,
		func(t *jwt.Token) (any, error) {
			id, _ := t.Header["kid"].(string)
			if public, ok := key(id); ok {
				return public, nil
			}
			return nil, errUnknownKey
		},
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
	switch {
	case errors.Is(err, errUnknownKey):
		return verified{}, errUnknownKey
	case errors.Is(err, jwt.ErrTokenExpired):
		return verified{}, errExpired()
	case err != nil || c.Subject == "" || c.SessionID == "":
		return verified{}, errInvalid()
	}
	principal := &Principal{UserID: c.Subject, SessionID: c.SessionID, Roles: c.Roles}
	principal.hash = principal.Hash()
	return verified{principal: principal, expires: c.ExpiresAt.Time}, nil
}

// errUnknownKey never leaves the package: the verifier fetches the keys again, then answers errInvalid.
var errUnknownKey = errors.New("the token names an unknown key")

func errInvalid() error {
	return fault.New(fault.Unauthenticated, "token-invalid", "The token is not one of ours.")
}

func errExpired() error {
	return fault.New(fault.Unauthenticated, "token-expired", "The token has expired; renew it or sign in again.")
}

func errRevoked() error {
	return fault.New(fault.Unauthenticated, "session-revoked", "The session has ended; sign in again.")
}
