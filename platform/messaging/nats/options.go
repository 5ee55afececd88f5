package nats

import (
	"net"
	"time"

	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/messaging"
)

// The defaults of Options.
const (
	// DefaultSyncLag covers a NATS server that syncs its files every two minutes, as it does unless told otherwise.
	DefaultSyncLag = 2*time.Minute + 10*time.Second
	DefaultAckWait = 30 * time.Second
	DefaultMaxAge  = 72 * time.Hour
)

// InProcess is a NATS server in this process, such as embedded.Server.
type InProcess interface {
	InProcessConn() (net.Conn, error)
}

// Options say where the server is and how to use it. Either URL or InProcess is needed; zero values of the others stand
// for the defaults.
type Options struct {
	URL       string    // such as "nats://user:password@host:4222"
	InProcess InProcess // wins over URL
	Name      string    // shown in the server's list of connections, such as "booking"

	SyncLag time.Duration // how long the server may take to sync what it acknowledged; with InProcess, set it
	AckWait time.Duration // how long a message stays with an instance that no longer gives signs of life
	MaxAge  time.Duration // how long the stream keeps messages; a service that was away for longer has to replay

	Log zerolog.Logger // the zero value is silent
}

// ParseURL reads options from a URL such as "nats://host:4222?sync_lag=5s&max_age=24h".
func ParseURL(raw string) (Options, error) {
	var o Options
	u, err := messaging.ParseURL(raw, messaging.Parameters{
		"sync_lag": duration(&o.SyncLag), "max_age": duration(&o.MaxAge), "ack_wait": duration(&o.AckWait),
	})
	if err != nil {
		return Options{}, err
	}
	o.URL = u.String()
	return o, nil
}

func duration(to *time.Duration) func(string) error {
	return func(value string) (err error) {
		*to, err = time.ParseDuration(value)
		return err
	}
}

func (o Options) withDefaults() Options {
	if o.SyncLag == 0 {
		o.SyncLag = DefaultSyncLag
	}
	if o.AckWait == 0 {
		o.AckWait = DefaultAckWait
	}
	if o.MaxAge == 0 {
		o.MaxAge = DefaultMaxAge
	}
	return o
}
