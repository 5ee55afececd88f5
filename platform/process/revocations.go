package process

import (
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/messaging"
)

// authentication returns the part that keeps a service's verifier up to date: keys and revocations fetched from
// identity, and every session.revoked message, delivered to each instance.
func authentication(service string, env *Env) lifecycle.Part {
	consumer := messaging.NewConsumer(messaging.ConsumerOptions{
		Service: service + "-sessions", Broker: env.Broker, Telemetry: env.Telemetry, Clock: env.Clock,
	})
	consumer.Broadcast(auth.SessionTopic, map[string]messaging.Handler{auth.SessionRevoked: env.Verifier.OnRevoked})
	group := &lifecycle.Group{}
	// Subscribed before the first fetch: a session revoked between the two is seen twice rather than never.
	group.Add("session revocations", consumer)
	group.Add("token verifier", env.Verifier)
	return group
}
