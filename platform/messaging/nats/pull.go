package nats

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// This is the client's part of JetStream's pull protocol: ask for a number of messages, and ask again when they have come
// or the server says that the request is over. The client library's own Consume has one that may miss the moment to ask
// again while the machine is busy, and then stands still for half a minute.
//
// Source: https://docs.nats.io/reference/reference-protocols/nats_api_reference#get-next-message-for-a-pull-consumer

const (
	fetchSize = 256 // messages asked for at once

	// The server ends a request after expiry, and says that it is there as often as heartbeat while it has nothing to send.
	expiry         = 30 * time.Second
	heartbeat      = 5 * time.Second
	silenceTimeout = 2 * heartbeat // after that long without a word the request is taken for lost
)

// The status codes of messages that are the server's word about a request.
const (
	statusHeartbeat = "100"
	statusNone      = "404"
	statusTimeout   = "408"
)

// pull is the state of the requests of a subscription, whose mutex guards it.
type pull struct {
	prefix   string // of the subjects on which requests are answered
	consumer jetstream.Consumer
	serial   int         // of the latest request; the server's word about older ones does not count
	left     int         // messages to come before the next request
	heard    bool        // since the last look: see silent
	last     *natsio.Msg // the latest message; nil before the first
	begin    uint64      // stream sequence where a broadcast subscription began

	broken chan error // takes one error: the consumer may be gone
}

func (p *pull) answers() string { return p.prefix + "." + strconv.Itoa(p.serial) }

// next is the stream sequence where a lost broadcast consumer has to go on.
func (p *pull) next() uint64 {
	if p.last != nil {
		if at, err := p.last.Metadata(); err == nil {
			return at.Sequence.Stream + 1
		}
	}
	return p.begin
}

func (p *pull) fail(err error) {
	select {
	case p.broken <- err:
	default: // run has not yet looked at the one before
	}
}

// open makes or finds the consumer on the server and asks it for messages.
func (s *subscription) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	s.mu.Lock()
	next := s.pull.next()
	s.mu.Unlock()
	consumer, err := s.source(ctx, s.topic, next)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pull.consumer, s.pull.begin = consumer, consumer.CachedInfo().Config.OptStartSeq
	return s.ask()
}

// ask sends a request. The caller holds the mutex.
func (s *subscription) ask() error {
	request, err := json.Marshal(map[string]any{
		"batch": fetchSize, "expires": expiry.Nanoseconds(), "idle_heartbeat": heartbeat.Nanoseconds(),
	})
	if err != nil {
		return err
	}
	s.pull.serial++
	s.pull.left = fetchSize
	subject := "$JS.API.CONSUMER.MSG.NEXT." + streamName + "." + s.pull.consumer.CachedInfo().Name
	return s.broker.conn.PublishRequest(subject, s.pull.answers(), request)
}

// arrived is called by the client library for messages and for the server's word about requests.
func (s *subscription) arrived(m *natsio.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pull.heard = true
	if status := m.Header.Get("Status"); status != "" && len(m.Data) == 0 {
		s.obey(status, m)
		return
	}
	s.accept(m)
	s.pull.last = m
	s.pull.left--
	if s.pull.left == 0 {
		s.askAgain()
	}
}

func (s *subscription) obey(status string, m *natsio.Msg) {
	switch {
	case status == statusHeartbeat || m.Subject != s.pull.answers():
	case status == statusNone || status == statusTimeout:
		s.askAgain()
	default:
		s.pull.fail(fmt.Errorf("server ends the request: %s %s", status, m.Header.Get("Description")))
	}
}

func (s *subscription) askAgain() {
	if s.isStopping() {
		return
	}
	if err := s.ask(); err != nil {
		s.pull.fail(err)
	}
}

// silent reports whether nothing was heard since it was last called.
func (s *subscription) silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard := s.pull.heard
	s.pull.heard = false
	return !heard
}
