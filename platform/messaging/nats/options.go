package nats

import (
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/rs/zerolog"
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
	u, err := url.Parse(raw)
	if err != nil {
		return Options{}, fmt.Errorf("parse broker URL: %w", err)
	}
	if u.Host == "" {
		return Options{}, fmt.Errorf("broker URL %s: host is missing", u.Redacted())
	}
	var o Options
	for key, values := range u.Query() {
		switch key {
		case "sync_lag":
			o.SyncLag, err = time.ParseDuration(values[0])
		case "max_age":
			o.MaxAge, err = time.ParseDuration(values[0])
		case "ack_wait":
			o.AckWait, err = time.ParseDuration(values[0])
		default:
			err = fmt.Errorf("unknown; known are sync_lag, max_age and ack_wait")
		}
		if err != nil {
			return Options{}, fmt.Errorf("broker URL %s: parameter %s: %w", u.Redacted(), key, err)
		}
	}
	u.RawQuery = ""
	o.URL = u.String()
	return o, nil
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
