// Package passwords hashes passwords with bcrypt over HMAC-SHA-256.
//
// The key of the HMAC, the pepper, is not in the database: whoever steals that cannot even begin to guess. It also makes
// passwords of any length fit bcrypt, which reads 72 bytes and stops at a zero byte; hence the base64 between the two.
package passwords

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/myevents/myevents/platform/fault"
)

// The costs that make sense: each step doubles the time of a hash. 12 takes about a quarter of a second.
const (
	MinCost     = bcrypt.MinCost
	DefaultCost = 12
	MaxCost     = 15
)

// maxWait is how long somebody waits for their turn before they are told to come back.
const maxWait = 5 * time.Second

// Hasher hashes and compares passwords. Create it with New; its methods may be called concurrently.
type Hasher struct {
	pepper []byte
	audit  []byte // key of the pseudonyms
	cost   int
	decoy  []byte
	turns  chan struct{} // has room for those who may hash at the same time
}

// New returns a hasher. It fails for a cost out of range and for an empty pepper.
func New(pepper string, cost int) (*Hasher, error) {
	if pepper == "" {
		return nil, errors.New("the pepper of the passwords must not be empty")
	}
	if cost < MinCost || cost > MaxCost {
		return nil, fmt.Errorf("the cost of the password hash is %d, must be from %d to %d", cost, MinCost, MaxCost)
	}
	h := &Hasher{
		pepper: []byte(pepper),
		cost:   cost,
		decoy:  fmt.Appendf(nil, "$2a$%02d$%s", cost, strings.Repeat(".", 53)), // a hash of nothing, at the same cost
		// Half of the processors at most: a flood of sign-ins must leave the rest to those who buy.
		turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}
	h.audit = h.mac(h.pepper, "pseudonyms in audit lines")
	return h, nil
}

// Hash returns the hash to store. It fails as Unavailable while too many hash.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.turn(ctx); err != nil {
		return "", err
	}
	defer h.done()
	hash, err := bcrypt.GenerateFromPassword(h.seasoned(password), h.cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return string(hash), nil
}

// Match reports whether the hash is of the password. With an empty hash it takes as long and says no. It fails as
// Unavailable while too many hash.
func (h *Hasher) Match(ctx context.Context, hash, password string) (bool, error) {
	if err := h.turn(ctx); err != nil {
		return false, err
	}
	defer h.done()
	stored := []byte(hash)
	if hash == "" {
		stored = h.decoy
	}
	err := bcrypt.CompareHashAndPassword(stored, h.seasoned(password))
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return err == nil && hash != "", nil
}

// Pseudonym returns a keyed hash of an e-mail address.
func (h *Hasher) Pseudonym(email string) string {
	return hex.EncodeToString(h.mac(h.audit, email)[:8])
}

func (h *Hasher) seasoned(password string) []byte {
	return []byte(base64.RawStdEncoding.EncodeToString(h.mac(h.pepper, password)))
}

func (h *Hasher) mac(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (h *Hasher) turn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case h.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "busy", "Too many people are signing in; try again in a moment.").WithCause(ctx.Err())
	}
}

func (h *Hasher) done() { <-h.turns }
