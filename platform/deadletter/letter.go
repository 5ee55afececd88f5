// Package deadletter keeps the messages a service could not process until an operator requeues or drops them.
//
// A consumer parks a message here after its last retry. The queue belongs to one service and lives in that service's
// store, so that parking shares the store's fate: where it fails, the message goes back to the broker and nothing is lost.
package deadletter

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/fault"
)

// Failure is one attempt to process a message that failed.
type Failure struct {
	Time  time.Time `json:"time" doc:"When the attempt failed"`
	Error string    `json:"error" doc:"Why it failed"`
}

// Letter is a parked message.
type Letter struct {
	ID       string    `json:"id" doc:"Service and message id" example:"booking.0198c0de"` // parking a message twice makes one letter
	Service  string    `json:"service" doc:"The service that could not process it"`
	Topic    string    `json:"topic" doc:"The topic it came from"`
	Type     string    `json:"type" doc:"Its CloudEvent type; empty where it is not a CloudEvent" example:"event.created"`
	Subject  string    `json:"subject" doc:"Its CloudEvent subject; empty where it is not a CloudEvent"`
	Payload  Payload   `json:"payload" doc:"The message as it was received; a string where it is not JSON"`
	Failures []Failure `json:"failures" nullable:"false" doc:"Every attempt, oldest first"`
	ParkedAt time.Time `json:"parked_at" doc:"When it was put here"`
}

// Payload is a message as it was received. In JSON it is the document itself, or a string where it is not JSON.
type Payload []byte

// MarshalJSON returns the document itself, or a string where it is not JSON.
func (p Payload) MarshalJSON() ([]byte, error) {
	if json.Valid(p) {
		return p, nil
	}
	return json.Marshal(string(p))
}

// UnmarshalJSON keeps the document as it is.
func (p *Payload) UnmarshalJSON(document []byte) error {
	*p = bytes.Clone(document)
	return nil
}

// Schema says that a payload can be any JSON.
func (Payload) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// Store keeps the letters of one service. Implementations are safe for concurrent use.
type Store interface {
	// Park adds the letter, or replaces the one with its id.
	Park(ctx context.Context, l Letter) error
	// List returns at most limit letters in the order of their ids, beginning behind the id after; "" begins at the first.
	List(ctx context.Context, after string, limit int) ([]Letter, error)
	// Get returns the letter, or a NotFound fault.
	Get(ctx context.Context, id string) (Letter, error)
	// Drop removes the letter, or returns a NotFound fault.
	Drop(ctx context.Context, id string) error
	// Update replaces the letter with l's id, or returns a NotFound fault.
	Update(ctx context.Context, l Letter) error
	// Count returns the number of letters.
	Count(ctx context.Context) (int, error)
}

// NotFound returns the fault for a letter that is not, or no longer, in the store.
func NotFound() error {
	return fault.New(fault.NotFound, "dead-letter-not-found", "There is no such dead letter.")
}
