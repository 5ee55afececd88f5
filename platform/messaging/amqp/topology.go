package amqp

import (
	"crypto/rand"
	"math"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"
)

// exchange is where all messages are published.
const exchange = "myevents"

// forgottenAfter is when the server removes the queue of an instance that went away.
const forgottenAfter = time.Minute

// queue is where a service, or one of its instances, finds the messages of a topic.
type queue struct {
	name      string
	topic     string
	temporary bool // it belongs to one instance, and goes with it
}

// durable is the queue that the instances of a service share.
func durable(service string) func(topic string) queue {
	return func(topic string) queue { return queue{name: service + "." + topic, topic: topic} }
}

// temporary is the queue of one instance.
func temporary(service string) func(topic string) queue {
	instance := rand.Text()
	return func(topic string) queue {
		return queue{name: service + "." + topic + "." + instance, topic: topic, temporary: true}
	}
}

// declare makes the queue, or finds it there, and binds it to the exchange.
func (q queue) declare(channel *amqp091.Channel) error {
	if err := declareExchange(channel); err != nil {
		return err
	}
	if _, err := channel.QueueDeclare(q.name, true, false, false, false, q.arguments()); err != nil {
		return err
	}
	return channel.QueueBind(q.name, q.topic+".#", exchange, false, nil)
}

// arguments are those of a quorum queue for a service. Its messages may be delivered as often as it takes, because consumers
// put what they cannot process on their dead letter queue: from version 4 on RabbitMQ would drop it after the twentieth time.
//
// An instance has a classic queue: it outlives a lost connection too, and comes and goes at less expense.
func (q queue) arguments() amqp091.Table {
	if q.temporary {
		return amqp091.Table{amqp091.QueueTypeArg: amqp091.QueueTypeClassic, amqp091.QueueTTLArg: forgottenAfter.Milliseconds()}
	}
	return amqp091.Table{amqp091.QueueTypeArg: amqp091.QueueTypeQuorum, "x-delivery-limit": math.MaxInt32}
}

func declareExchange(channel *amqp091.Channel) error {
	return channel.ExchangeDeclare(exchange, amqp091.ExchangeTopic, true, false, false, false, nil)
}

// maxKey is the longest routing key, in bytes.
//
// Source: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.5.3 (short strings)
const maxKey = 255

// routingKey lets queues choose messages by subject, too: nothing here does, but people who look for something can.
func routingKey(topic, subject string) string {
	key := topic + "." + subject
	if len(key) > maxKey {
		return topic
	}
	return key
}
