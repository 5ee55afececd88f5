package nats

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

// maxInFlight is how many messages of one Publish call wait for their acknowledgements at the same time. A few callers
// together stay below the 4,000 at which the client library begins to refuse.
const maxInFlight = 512

// reserved is the prefix of the headers that are the server's own.
const reserved = "Nats-"

type publisher struct {
	conn *natsio.Conn
	js   jetstream.JetStream

	mu       sync.Mutex
	closed   bool
	underWay sync.WaitGroup // Publish calls; Close waits for them, since closing the connection would not end them
}

func newPublisher(conn *natsio.Conn, js jetstream.JetStream) *publisher {
	return &publisher{conn: conn, js: js}
}

// Publish sends the messages in order and returns when the server has acknowledged all, or with the first error.
func (p *publisher) Publish(topic string, messages ...*message.Message) error {
	if !p.enter() {
		return fault.Away("message broker", errors.New("publisher is closed"))
	}
	defer p.underWay.Done()
	for _, m := range messages {
		if len(m.Payload) > messaging.MaxSize {
			return fault.New(fault.Invalid, "message-too-large",
				fmt.Sprintf("The message has %d bytes, more than the limit of %d.", len(m.Payload), messaging.MaxSize))
		}
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
	acks := make([]jetstream.PubAckFuture, len(messages))
	for i, m := range messages {
		ack, err := p.js.PublishMsgAsync(&natsio.Msg{Subject: subject, Header: header(m), Data: m.Payload})
		if err != nil {
			return fault.Away("message broker", err)
		}
		acks[i] = ack
	}
	for i, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err(): // after ackTimeout at the latest
			return fault.Away("message broker", err)
		case <-messages[i].Context().Done():
			return messages[i].Context().Err()
		}
	}
	return nil
}

// Close refuses new messages and waits for those under way.
func (p *publisher) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.underWay.Wait()
	return nil
}

func (p *publisher) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.underWay.Add(1)
	}
	return !p.closed
}

// header carries the metadata and the id, by which the server drops what it has already.
func header(m *message.Message) natsio.Header {
	h := make(natsio.Header, len(m.Metadata)+1)
	for key, value := range m.Metadata {
		h[key] = []string{value}
	}
	if m.UUID != "" {
		h[jetstream.MsgIDHeader] = []string{m.UUID}
	}
	return h
}

// received is the inverse of header.
func received(n *natsio.Msg) *message.Message {
	m := message.NewMessage(n.Header.Get(jetstream.MsgIDHeader), n.Data)
	for key, values := range n.Header {
		if !strings.HasPrefix(key, reserved) {
			m.Metadata[key] = values[0]
		}
	}
	return m
}
