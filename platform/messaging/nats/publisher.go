package nats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	natsio "github.com/nats-io/nats.go"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

// maxInFlight is how many messages of one Publish call wait for their acknowledgements at the same time.
const maxInFlight = 512

// publisher publishes payloads and nothing else. The key needs no header, because whoever handles the document reads its
// subject; nor does the id, because consumers are idempotent: a header would cost the server and each consumer more than
// the payload does.
//
// All messages of a call are acknowledged on one subject and counted there. The client library's own PublishAsync keeps a
// future with two channels and a timer for each.
type publisher struct {
	conn   *natsio.Conn
	inbox  *natsio.Subscription
	prefix string // of the subjects on which the server acknowledges

	gate messaging.Gate // closing the connection would not end calls

	mu      sync.Mutex
	serial  uint64
	waiting map[string]*receipt // by the subject of its acknowledgements
}

// receipt counts the acknowledgements of some messages.
type receipt struct {
	left int        // guarded by the publisher's mutex
	done chan error // takes the one result
}

func newPublisher(conn *natsio.Conn) (*publisher, error) {
	p := &publisher{conn: conn, prefix: conn.NewInbox(), waiting: map[string]*receipt{}}
	inbox, err := conn.Subscribe(p.prefix+".*", p.acknowledged)
	if err != nil {
		return nil, fmt.Errorf("subscribe to acknowledgements: %w", err)
	}
	p.inbox = inbox
	return p, nil
}

// Publish sends the messages in order and returns when the server has acknowledged all, or with the first error.
func (p *publisher) Publish(topic string, messages ...*message.Message) error {
	if err := p.gate.Enter(); err != nil {
		return err
	}
	defer p.gate.Leave()
	if err := messaging.CheckSizes(messages); err != nil {
		return err
	}
	for some := range slices.Chunk(messages, maxInFlight) {
		if err := p.publish(subjectPrefix+topic, some); err != nil {
			return fmt.Errorf("publish %d messages to %s: %w", len(messages), topic, err)
		}
	}
	return nil
}

func (p *publisher) publish(subject string, messages []*message.Message) error {
	// While disconnected the client library would keep messages in a buffer and fail them at the end of it: refuse at once.
	if !p.conn.IsConnected() {
		return fault.Away("message broker", natsio.ErrDisconnected)
	}
	answers, r := p.expect(len(messages))
	defer p.forget(answers)
	for _, m := range messages {
		if err := p.conn.PublishRequest(subject, answers, m.Payload); err != nil {
			return fault.Away("message broker", err)
		}
	}
	timeout := time.NewTimer(ackTimeout)
	defer timeout.Stop()
	ctx := messages[0].Context()
	select {
	case err := <-r.done:
		return err
	case <-timeout.C:
		return fault.Away("message broker", errors.New("messages were not acknowledged in time"))
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *publisher) expect(n int) (subject string, r *receipt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	subject = p.prefix + "." + strconv.FormatUint(p.serial, 10)
	r = &receipt{left: n, done: make(chan error, 1)}
	p.waiting[subject] = r
	return subject, r
}

func (p *publisher) forget(subject string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, subject)
}

// acknowledged is called by the client library, on one goroutine.
func (p *publisher) acknowledged(m *natsio.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.waiting[m.Subject]
	if r == nil {
		return // nobody waits any more: it was too late, or an earlier one said that it failed
	}
	err := refusal(m)
	r.left--
	if err != nil || r.left == 0 {
		delete(p.waiting, m.Subject)
		r.done <- err
	}
}

// refusal returns why the server did not take a message; nil where it did. An answer without an error, the usual one, is
// not decoded.
//
// Source: https://docs.nats.io/reference/reference-protocols/nats_api_reference#publishing-to-streams
func refusal(m *natsio.Msg) error {
	if len(m.Data) == 0 { // there is no stream, or no server that has one
		return fault.Away("message broker", fmt.Errorf("no answer from a stream: status %q", m.Header.Get("Status")))
	}
	if !bytes.Contains(m.Data, []byte(`"error"`)) {
		return nil
	}
	var answer struct {
		Error struct {
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return fault.Away("message broker", fmt.Errorf("decode acknowledgement: %w", err))
	}
	return fault.Away("message broker", errors.New(strings.TrimSpace(answer.Error.Description)))
}

// Close refuses new messages and waits for those under way.
func (p *publisher) Close() error {
	if p.gate.Close() {
		_ = p.inbox.Unsubscribe() // fails only where the connection is closed: then so is the inbox
	}
	return nil
}
