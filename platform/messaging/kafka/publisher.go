package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

// publisher hands messages to the client library's producer, which sends those for a server together.
//
// All messages of a call are counted on one receipt. The library's own SyncProducer has a channel for each.
type publisher struct {
	broker   *Broker
	producer sarama.AsyncProducer
	headers  []sarama.RecordHeader // of every message
	readers  sync.WaitGroup        // of what the producer returns; they end when it is closed
	gate     messaging.Gate
}

// receipt counts the acknowledgements of some messages.
type receipt struct {
	left atomic.Int64
	done chan error // takes the one result
}

func (r *receipt) acknowledged() {
	if r.left.Add(-1) == 0 {
		r.done <- nil
	}
}

// refused makes the result an error, of which only the first counts. As an acknowledgement is missing, there is no other.
func (r *receipt) refused(err error) {
	select {
	case r.done <- err:
	default:
	}
}

func newPublisher(b *Broker) (*publisher, error) {
	producer, err := sarama.NewAsyncProducerFromClient(b.client)
	if err != nil {
		return nil, err
	}
	p := &publisher{broker: b, producer: producer, headers: contentType()}
	p.readers.Go(func() {
		for m := range producer.Successes() {
			m.Metadata.(*receipt).acknowledged()
		}
	})
	p.readers.Go(func() {
		for e := range producer.Errors() {
			e.Msg.Metadata.(*receipt).refused(e.Err)
		}
	})
	return p, nil
}

// Publish sends the messages in order and returns when all replicas in sync have acknowledged all, or with the first
// error.
func (p *publisher) Publish(topic string, messages ...*message.Message) error {
	if err := p.gate.Enter(); err != nil {
		return err
	}
	defer p.gate.Leave()
	if len(messages) == 0 {
		return nil
	}
	if err := messaging.CheckSizes(messages); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(messages[0].Context(), ackTimeout, errLate)
	defer cancel()
	err := p.broker.ensureTopic(ctx, topic)
	if err == nil {
		err = p.publish(ctx, topic, messages)
	}
	if errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		p.broker.forgetTopic(topic)
	}
	switch {
	case err == nil:
		return nil
	case messages[0].Context().Err() == nil:
		err = fault.Away("message broker", err)
	}
	return fmt.Errorf("publish %d messages to %s: %w", len(messages), topic, err)
}

var errLate = errors.New("messages were not acknowledged in time")

func (p *publisher) publish(ctx context.Context, topic string, messages []*message.Message) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r := &receipt{done: make(chan error, 1)}
	r.left.Store(int64(len(messages)))
	for _, m := range messages {
		select {
		case p.producer.Input() <- p.record(topic, m, r):
		case err := <-r.done: // an earlier one was refused
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// record is a message as Kafka keeps it.
func (p *publisher) record(topic string, m *message.Message, r *receipt) *sarama.ProducerMessage {
	record := &sarama.ProducerMessage{
		Topic: p.broker.options.topic(topic), Value: sarama.ByteEncoder(m.Payload), Metadata: r, Headers: p.headers,
	}
	if key := m.Metadata.Get(messaging.MetadataSubject); key != "" { // else any partition will do
		record.Key = sarama.StringEncoder(key)
	}
	return record
}

// contentType is what the binding of CloudEvents to Kafka asks for. Our own consumers need no header.
//
// Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md#33-structured-content-mode
func contentType() []sarama.RecordHeader {
	return []sarama.RecordHeader{{Key: []byte("content-type"), Value: []byte("application/cloudevents+json; charset=UTF-8")}}
}

// Close refuses new messages, and waits for those under way and for what the producer still has of calls that have given
// up.
func (p *publisher) Close() error {
	if p.gate.Close() {
		p.producer.AsyncClose()
	}
	p.readers.Wait()
	return nil
}
