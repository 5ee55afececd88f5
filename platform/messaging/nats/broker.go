// Package nats is the JetStream adapter of messaging.Broker.
//
// All topics share one stream that is transport, not record: the outboxes of the services keep the messages for ever.
// Every service has one durable pull consumer a topic, which its instances share.
package nats

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/myevents/myevents/platform/messaging"
)

const (
	streamName    = "MYEVENTS"
	subjectPrefix = "myevents."

	connectTimeout = 30 * time.Second // until New gives up
	requestTimeout = 5 * time.Second  // of one request to the server's API
	ackTimeout     = 5 * time.Second  // until a publish counts as failed; the relay then publishes again
)

// Broker is one connection to JetStream.
type Broker struct {
	options   Options
	conn      *natsio.Conn
	js        jetstream.JetStream
	stream    jetstream.Stream
	publisher *publisher
	link      *messaging.Link
}

// New connects and makes sure that the stream is there. It tries for 30 seconds, or until ctx ends; once connected, the
// connection is restored for as long as it takes whenever the server goes away.
func New(ctx context.Context, o Options) (*Broker, error) {
	o = o.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	link := messaging.NewLink(o.Log)
	conn, err := connect(ctx, o, link)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(requestTimeout))
	var stream jetstream.Stream
	if err == nil {
		stream, err = ensureStream(ctx, js, o)
	}
	var publisher *publisher
	if err == nil {
		publisher, err = newPublisher(conn)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("set up stream %s on %s: %w", streamName, place(o), err)
	}
	return &Broker{options: o, conn: conn, js: js, stream: stream, publisher: publisher, link: link}, nil
}

// connect returns a connection that is up. The first attempt is repeated, because a broker often starts beside the
// services that need it.
func connect(ctx context.Context, o Options, link *messaging.Link) (*natsio.Conn, error) {
	connected := make(chan struct{}, 1)
	options := []natsio.Option{
		natsio.Name(o.Name),
		natsio.MaxReconnects(-1),
		natsio.ReconnectWait(250 * time.Millisecond),
		natsio.RetryOnFailedConnect(true),
		natsio.Timeout(requestTimeout),
		natsio.ConnectHandler(func(*natsio.Conn) { connected <- struct{}{} }),
		natsio.DisconnectErrHandler(func(_ *natsio.Conn, err error) {
			if err != nil { // nil: we closed it
				link.Lost(err)
			}
		}),
		natsio.ReconnectHandler(func(*natsio.Conn) { link.Restored() }),
		natsio.ErrorHandler(func(_ *natsio.Conn, _ *natsio.Subscription, err error) {
			o.Log.Error().Err(err).Str("event.action", "broker.error").Msg("message broker connection reports an error")
		}),
	}
	if o.InProcess != nil {
		options = append(options, natsio.InProcessServer(o.InProcess))
	}
	conn, err := natsio.Connect(o.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to message broker at %s: %w", place(o), err)
	}
	select {
	case <-connected:
		return conn, nil
	case <-ctx.Done():
		err := conn.LastError()
		conn.Close()
		return nil, fmt.Errorf("connect to message broker at %s: %w", place(o), errors.Join(ctx.Err(), err))
	}
}

// ensureStream repeats what fails only because the server has just started and its JetStream has not.
func ensureStream(ctx context.Context, js jetstream.JetStream, o Options) (jetstream.Stream, error) {
	config := jetstream.StreamConfig{
		Name:      streamName,
		Subjects:  []string{subjectPrefix + ">"},
		Storage:   jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy,
		MaxAge:    o.MaxAge,
	}
	for {
		stream, err := js.CreateOrUpdateStream(ctx, config)
		if !errors.Is(err, natsio.ErrNoResponders) && !errors.Is(err, jetstream.ErrJetStreamNotEnabled) {
			return stream, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// place names the server for people, without a password.
func place(o Options) string {
	if o.InProcess != nil {
		return "this process"
	}
	if u, err := url.Parse(o.URL); err == nil {
		return u.Redacted()
	}
	return "an invalid URL"
}

// Publisher returns the publisher.
func (b *Broker) Publisher() message.Publisher { return b.publisher }

// Subscriber returns a durable subscriber whose instances compete.
func (b *Broker) Subscriber(service string) (messaging.Subscriber, error) {
	return newSubscriber(b, b.durable(service)), nil
}

// Broadcaster returns a subscriber that gets what is published from now on.
func (b *Broker) Broadcaster(string) (messaging.Subscriber, error) {
	return newSubscriber(b, b.ephemeral), nil
}

// Features says that order holds inside an instance only: the server hands the messages of a shared consumer to
// whichever instance asks next.
func (b *Broker) Features() messaging.Features {
	return messaging.Features{System: "nats", KeyOrder: true}
}

// SyncLag is how long the server may take to sync what it acknowledged.
func (b *Broker) SyncLag() time.Duration { return b.options.SyncLag }

// Ping asks the server for the stream, for at most 5 seconds.
func (b *Broker) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if _, err := b.js.Stream(ctx, streamName); err != nil {
		return fmt.Errorf("ping message broker at %s: %w", place(b.options), err)
	}
	return nil
}

// Stats describes the connection.
func (b *Broker) Stats() map[string]any {
	s := b.conn.Stats()
	return map[string]any{
		"server": place(b.options), "status": b.conn.Status().String(), "reconnects": s.Reconnects,
		"messages_in": s.InMsgs, "messages_out": s.OutMsgs, "bytes_in": s.InBytes, "bytes_out": s.OutBytes,
	}
}

// Link is how the connection is doing.
func (b *Broker) Link() *messaging.Link { return b.link }

// Close waits for the publishes that are under way and closes the connection.
func (b *Broker) Close() error {
	err := b.publisher.Close()
	b.conn.Close()
	return err
}
