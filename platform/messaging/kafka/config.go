package kafka

import (
	"time"

	"github.com/IBM/sarama"
)

const (
	connectTimeout = 30 * time.Second // until New gives up
	requestTimeout = 5 * time.Second  // of one request
	ackTimeout     = 5 * time.Second  // until a publish counts as failed; the relay then publishes again
	retryPause     = 250 * time.Millisecond

	// An instance that joins waits until the others have settled what they were given, for drainTimeout at most. The
	// servers wait for that a little longer, and so does the answer to the request to join.
	drainTimeout     = 20 * time.Second
	rebalanceTimeout = drainTimeout + 5*time.Second
	joinTimeout      = rebalanceTimeout + requestTimeout

	commitInterval = 100 * time.Millisecond // how often it is committed what was settled
	fetchWait      = 250 * time.Millisecond // that a server waits for messages, and answers if none comes
)

// config is what all clients have in common.
func (o Options) config(l *line) *sarama.Config {
	c := sarama.NewConfig()
	c.ClientID = o.Name
	c.Version = sarama.V3_6_0_0
	c.Net.Proxy.Enable = true
	c.Net.Proxy.Dialer = l
	c.Net.DialTimeout, c.Net.ReadTimeout, c.Net.WriteTimeout = requestTimeout, requestTimeout, requestTimeout
	c.Metadata.AllowAutoTopicCreation = false
	c.Metadata.Retry.BackoffFunc = func(int, int) time.Duration {
		if l.ctx.Err() != nil {
			return 0
		}
		return retryPause
	}
	c.Metadata.Timeout = requestTimeout
	c.Admin.Timeout = requestTimeout
	return c
}

// producerConfig lets no message get lost, doubled or out of order by a retry of the library.
func (o Options) producerConfig(l *line) *sarama.Config {
	c := o.config(l)
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1 // or the library could not keep the order
	c.Producer.Timeout = ackTimeout
	c.Producer.Return.Successes = true
	return c
}

func (o Options) consumerConfig(l *line) *sarama.Config {
	c := o.config(l)
	c.Metadata.Full = false // of all topics in the cluster
	c.Consumer.MaxWaitTime = fetchWait
	c.Consumer.Retry.Backoff = retryPause
	return c
}

func (o Options) groupConfig(l *line) *sarama.Config {
	c := o.consumerConfig(l)
	c.Net.ReadTimeout = joinTimeout
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Consumer.Offsets.AutoCommit.Interval = commitInterval
	c.Consumer.Group.Session.Timeout = o.SessionTimeout
	c.Consumer.Group.Heartbeat.Interval = o.SessionTimeout / 10
	c.Consumer.Group.Rebalance.Timeout = rebalanceTimeout
	c.Consumer.Group.Rebalance.Retry.Backoff = retryPause
	return c
}
