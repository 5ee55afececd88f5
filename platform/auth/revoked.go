package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

// What the issuer broadcasts when a session ends.
const (
	SessionTopic   = "session"
	SessionRevoked = "session.revoked"
)

// OnRevoked handles a SessionRevoked message. It is idempotent and does not care for order.
func (v *Verifier) OnRevoked(_ context.Context, e cloudevent.Event) error {
	var session struct {
		ID      string    `json:"id"`
		Expires time.Time `json:"expires_at"`
	}
	if err := json.Unmarshal(e.Data, &session); err != nil {
		return fmt.Errorf("decode %s: %w", e.Type, fault.InvalidField("data", "must be a session").WithCause(err))
	}
	if session.ID == "" {
		return fault.InvalidField("data.id", "must not be empty")
	}
	v.Revoke(session.ID, session.Expires)
	return nil
}
