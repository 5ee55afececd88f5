package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/auth"
)

// retirement is how long a key is still published, and a session kept, after its last token has expired; it allows for
// clocks that differ.
const retirement = auth.TokenLife

// SigningKey signs the tokens issued from ActiveFrom until the next key's ActiveFrom.
type SigningKey struct {
	Sequence   int64 // 1, 2, 3, ...
	ID         string
	Private    ed25519.PrivateKey
	ActiveFrom time.Time
}

func (k SigningKey) public() auth.Key {
	return auth.Key{ID: k.ID, Public: k.Private.Public().(ed25519.PublicKey)}
}

// PublicKeys returns the keys whose tokens may still be accepted and the next one, so that verifiers know it before it
// is used.
func (s *Service) PublicKeys(ctx context.Context) ([]auth.Key, error) {
	keys, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	published := make([]auth.Key, len(keys))
	for i, k := range keys {
		published[i] = k.public()
	}
	return published, nil
}

// Revocations returns the sessions whose tokens have to be refused although they have not expired.
func (s *Service) Revocations(ctx context.Context) ([]auth.Revocation, error) {
	sessions, err := s.options.Store.Revoked(ctx, s.now())
	if err != nil {
		return nil, err
	}
	revocations := make([]auth.Revocation, len(sessions))
	for i, session := range sessions {
		revocations[i] = auth.Revocation{SessionID: session.ID, Until: session.TokenExpires}
	}
	return revocations, nil
}

// sign returns a token signed with the key that is active when it is issued.
func (s *Service) sign(ctx context.Context, g auth.Grant) (Token, error) {
	keys, err := s.keys(ctx)
	if err != nil {
		return Token{}, err
	}
	active := keys[0]
	for _, k := range keys {
		if !k.ActiveFrom.After(g.IssuedAt) {
			active = k
		}
	}
	value, err := auth.Sign(active.ID, active.Private, g)
	return Token{Value: value, Expires: g.Expires()}, err
}

// keys returns the keys to publish, at least one that is active and one that will be. Whoever asks first once rotation is
// due makes the next key: verifiers ask all the time, so no clock of its own is needed.
func (s *Service) keys(ctx context.Context) ([]SigningKey, error) {
	for {
		keys, err := s.options.Store.Keys(ctx)
		if err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		next, due := s.nextKey(keys)
		if !due {
			return s.published(keys), nil
		}
		if err := s.rotate(ctx, keys, next); err != nil && !errors.Is(err, ErrKeyExists) {
			return nil, fmt.Errorf("rotate keys: %w", err)
		}
	}
}

// nextKey returns the place of the key that is missing, if one is. The very first one is active at once.
func (s *Service) nextKey(keys []SigningKey) (next SigningKey, due bool) {
	now := s.now()
	if len(keys) == 0 {
		return SigningKey{Sequence: 1, ActiveFrom: now}, true
	}
	last := keys[len(keys)-1]
	return SigningKey{Sequence: last.Sequence + 1, ActiveFrom: now.Add(s.options.KeyRotation)}, !last.ActiveFrom.After(now)
}

// rotate adds the key and takes the occasion to forget what nobody can use any more.
func (s *Service) rotate(ctx context.Context, keys []SigningKey, next SigningKey) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("generate key: %w", err)
	}
	next.ID, next.Private = s.options.NewID(), private
	if err := s.options.Store.AddKey(ctx, next); err != nil {
		return err
	}
	oldest := s.published(append(keys, next))[0]
	return s.options.Store.Forget(ctx, oldest.Sequence, s.now().Add(-retirement))
}

// published leaves out the keys that were followed by another one so long ago that their tokens have expired.
func (s *Service) published(keys []SigningKey) []SigningKey {
	useless := s.now().Add(-auth.TokenLife - retirement)
	for len(keys) > 1 && keys[1].ActiveFrom.Before(useless) {
		keys = keys[1:]
	}
	return keys
}
