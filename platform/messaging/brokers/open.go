// Package brokers opens a message broker by the scheme of its URL. Programs import it; services only see messaging.Broker.
package brokers

import (
	"context"
	"fmt"
	"strings"

	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/amqp"
	"github.com/myevents/myevents/platform/messaging/aws"
	"github.com/myevents/myevents/platform/messaging/kafka"
	"github.com/myevents/myevents/platform/messaging/nats"
)

// Options are what every kind of broker takes.
type Options struct {
	Client string         // name of this process, shown by the broker
	Log    zerolog.Logger // the zero value is silent
}

// Open connects to the broker a URL such as "nats://host:4222" names. It fails where the broker does not answer within
// 30 seconds, or until ctx ends.
func Open(ctx context.Context, rawURL string, o Options) (messaging.Broker, error) {
	scheme, _, _ := strings.Cut(rawURL, "://")
	switch scheme {
	case "amqp", "amqps":
		options, err := amqp.ParseURL(rawURL)
		if err != nil {
			return nil, err
		}
		options.Name, options.Log = o.Client, o.Log
		return amqp.New(ctx, options)
	case "nats":
		options, err := nats.ParseURL(rawURL)
		if err != nil {
			return nil, err
		}
		options.Name, options.Log = o.Client, o.Log
		return nats.New(ctx, options)
	case "aws":
		options, err := aws.ParseURL(rawURL)
		if err != nil {
			return nil, err
		}
		options.Name, options.Log = o.Client, o.Log
		return aws.New(ctx, options)
	case "kafka":
		options, err := kafka.ParseURL(rawURL)
		if err != nil {
			return nil, err
		}
		options.Name, options.Log = o.Client, o.Log
		return kafka.New(ctx, options)
	default:
		return nil, fmt.Errorf("broker URL has scheme %q; known schemes: nats, amqp, amqps, kafka, aws", scheme)
	}
}
