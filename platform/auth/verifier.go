package auth

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/fault"
)

const (
	fetchTimeout   = 2 * time.Second // for keys and revocations together
	refreshPeriod  = 30 * time.Second
	retryPeriod    = time.Second // until the first success, and between two fetches for unknown keys
	tokensRemember = 8192        // per generation of the cache: some 10 MiB when full
)

// Options are what a Verifier needs. Source and Clock are required.
type Options struct {
	Source  Source
	Clock   func() time.Time
	Log     zerolog.Logger // the zero value logs nothing
	Refresh time.Duration  // between two fetches of keys and revocations; default 30 s
	// Refuse answers a request whose token is not accepted; the default is a bare status. It is meant to be
	// httpserver.WriteProblem: that package knows this one, so it has to be handed in.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
}

// Verifier checks tokens offline, against keys and revocations that it fetches now and then from their issuer. A token
// that was checked once costs a map lookup; its expiry and revocation are looked at each time. Create it with NewVerifier.
type Verifier struct {
	options Options

	mu      sync.RWMutex // guards the fields below
	tokens  cache
	keys    map[string]ed25519.PublicKey
	revoked map[string]time.Time // by session id: when the last token of the session expires
	learned time.Time            // when keys and revocations were last applied

	// fetching holds a token while nobody fetches; who takes it owns the two fields below. A channel rather than a
	// mutex, so that a request that waits for another one's fetch can still be cancelled.
	fetching chan struct{}
	fetched  time.Time // end of the last fetch
	failure  error     // of the last fetch

	failures atomic.Uint64 // fetches that failed

	stop context.CancelFunc // ends the refresh goroutine; nil before Start
	done chan struct{}      // closed by that goroutine
}

// NewVerifier returns a verifier that knows no keys yet: it fetches them at Start, or at the first Verify.
func NewVerifier(o Options) *Verifier {
	if o.Refresh <= 0 {
		o.Refresh = refreshPeriod
	}
	if o.Refuse == nil {
		o.Refuse = refuse
	}
	v := &Verifier{
		options:  o,
		tokens:   newCache(tokensRemember),
		revoked:  map[string]time.Time{},
		fetching: make(chan struct{}, 1),
	}
	v.fetching <- struct{}{}
	return v
}

// Start fetches keys and revocations and keeps refreshing them until Stop. It does not fail when the issuer is away:
// tries go on in the background and tokens are refused as "unavailable" in the meantime.
func (v *Verifier) Start(ctx context.Context) error {
	if err := v.fetch(ctx, 0); err != nil {
		v.options.Log.Warn().Err(err).Str("event.action", "auth.refresh").Msg("the token issuer is away; trying again in the background")
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	v.stop, v.done = cancel, make(chan struct{})
	go func() {
		defer close(v.done)
		v.refresh(run)
	}()
	return nil
}

// Stop ends the refreshing. The verifier goes on answering with what it knows.
func (v *Verifier) Stop(ctx context.Context) error {
	if v.stop == nil {
		return nil
	}
	v.stop()
	select {
	case <-v.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refresh repairs what a lost broadcast left wrong, for as long as ctx lives.
func (v *Verifier) refresh(ctx context.Context) {
	for {
		pause := v.options.Refresh
		if !v.ready() {
			pause = min(pause, retryPeriod)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if err := v.fetch(ctx, 0); err != nil && ctx.Err() == nil {
			v.options.Log.Warn().Err(err).Str("event.action", "auth.refresh").Msg("could not refresh keys and revocations")
		}
	}
}

// Verify returns who the token stands for. Errors are *fault.Error: unauthenticated with the code token-invalid,
// token-expired or session-revoked, or unavailable while the token's key cannot be fetched. The principal's roles are shared:
// they must not be changed.
func (v *Verifier) Verify(ctx context.Context, token string) (Principal, error) {
	p, err := v.verify(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	return *p, nil
}

func (v *Verifier) verify(ctx context.Context, token string) (*Principal, error) {
	now := v.options.Clock()
	v.mu.RLock()
	known, aging, ok := v.tokens.get(token)
	revoked := ok && v.isRevoked(known)
	v.mu.RUnlock()
	switch {
	case !ok:
		return v.admit(ctx, token, now)
	case revoked:
		return nil, errRevoked()
	case !now.Before(known.expires):
		return nil, errExpired()
	case aging:
		v.mu.Lock()
		v.tokens.put(token, known)
		v.mu.Unlock()
	}
	return known.principal, nil
}

// admit checks a token that is seen for the first time.
func (v *Verifier) admit(ctx context.Context, token string, now time.Time) (*Principal, error) {
	found, err := parse(token, now, v.key)
	if errors.Is(err, errUnknownKey) {
		if fetchErr := v.fetch(ctx, retryPeriod); fetchErr != nil {
			return nil, fault.Away("token issuer", fetchErr)
		}
		if found, err = parse(token, now, v.key); errors.Is(err, errUnknownKey) {
			return nil, errInvalid()
		}
	}
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.isRevoked(found) {
		return nil, errRevoked()
	}
	v.tokens.put(token, found)
	return found.principal, nil
}

// Revoke refuses the session's tokens from now on; until is when the last of them expires by itself.
func (v *Verifier) Revoke(sessionID string, until time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.revoke(sessionID, until)
}

// revoke never brings the end forward: broadcasts and refreshes may arrive in any order. The caller holds mu.
func (v *Verifier) revoke(sessionID string, until time.Time) {
	if until.After(v.revoked[sessionID]) {
		v.revoked[sessionID] = until
	}
}

func (v *Verifier) isRevoked(known verified) bool {
	_, revoked := v.revoked[known.principal.SessionID]
	return revoked
}

func (v *Verifier) key(id string) (ed25519.PublicKey, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	key, ok := v.keys[id]
	return key, ok
}

func (v *Verifier) ready() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.keys) > 0
}

// fetch gets keys and revocations unless that happened less than spare ago; then it answers as that fetch did. Only one
// fetch runs at a time, and the others wait for it: strangers cannot make us flood the issuer with made-up key ids.
func (v *Verifier) fetch(ctx context.Context, spare time.Duration) error {
	select {
	case <-v.fetching:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { v.fetching <- struct{}{} }()
	if spare > 0 && v.options.Clock().Sub(v.fetched) < spare {
		return v.failure
	}
	if v.failure = v.fetchNow(ctx); v.failure != nil {
		v.failures.Add(1)
	}
	v.fetched = v.options.Clock()
	return v.failure
}

// fetchNow applies keys only together with revocations: a verifier that knew the keys alone would accept revoked tokens.
// It does not end with the request that happened to cause it, for others wait for the outcome.
func (v *Verifier) fetchNow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	keys, err := v.options.Source.Keys(ctx)
	if err != nil {
		return err
	}
	revocations, err := v.options.Source.Revocations(ctx)
	if err != nil {
		return err
	}
	v.apply(keys, revocations)
	return nil
}

func (v *Verifier) apply(keys []Key, revocations []Revocation) {
	fresh := make(map[string]ed25519.PublicKey, len(keys))
	for _, k := range keys {
		fresh[k.ID] = k.Public
	}
	now := v.options.Clock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if !maps.EqualFunc(fresh, v.keys, func(a, b ed25519.PublicKey) bool { return a.Equal(b) }) {
		v.tokens.clear() // a token of a withdrawn key must not live on in the cache
	}
	v.keys, v.learned = fresh, now
	maps.DeleteFunc(v.revoked, func(_ string, until time.Time) bool { return until.Before(now) })
	for _, r := range revocations {
		v.revoke(r.SessionID, r.Until)
	}
}

// Stats say what a verifier knows.
type Stats struct {
	Keys            int
	RevokedSessions int // whose tokens would be accepted otherwise
	CachedTokens    int
	Learned         time.Time // when keys and revocations last arrived; zero: never
	Failures        uint64    // times when they did not
}

// Stats returns what the verifier knows now.
func (v *Verifier) Stats() Stats {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return Stats{
		Keys: len(v.keys), RevokedSessions: len(v.revoked), CachedTokens: v.tokens.len(), Learned: v.learned, Failures: v.failures.Load(),
	}
}

// Check is the health check "keys": it fails while tokens cannot be verified.
func (v *Verifier) Check(context.Context) (map[string]any, error) {
	s := v.Stats()
	detail := map[string]any{"keys": s.Keys, "revoked_sessions": s.RevokedSessions, "cached_tokens": s.CachedTokens}
	if s.Keys == 0 {
		return detail, fmt.Errorf("no keys could be fetched yet")
	}
	return detail, nil
}
