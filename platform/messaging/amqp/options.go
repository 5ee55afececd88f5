package amqp

import (
	"fmt"
	"net/url"
	"strconv"

	amqp091 "github.com/rabbitmq/amqp091-go"
	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/messaging"
)

// DefaultPrefetch is how many messages a subscription is sent, by default, before the first of them is settled.
const DefaultPrefetch = 1000

// Options say where the server is and how to use it. URL is needed; zero values of the others stand for the defaults.
type Options struct {
	// URL is such as "amqp://user:password@host:5672/vhost", or amqps:// for TLS. Behind ? it may name the files of the
	// certificates: cacertfile, certfile and keyfile.
	URL      string
	Name     string // shown in the server's list of connections, such as "booking"
	Prefetch int    // up to 65535

	Log zerolog.Logger // the zero value is silent
}

// ParseURL reads options from a URL such as "amqps://user:password@host/vhost?cacertfile=ca.pem&prefetch=500".
func ParseURL(raw string) (Options, error) {
	var o Options
	files := url.Values{}
	keep := func(key string) func(string) error {
		return func(value string) error {
			files.Set(key, value)
			return nil
		}
	}
	u, err := messaging.ParseURL(raw, messaging.Parameters{
		"prefetch": func(value string) error {
			n, err := strconv.ParseUint(value, 10, 16)
			if err != nil || n == 0 {
				return fmt.Errorf("%q is no number from 1 to 65535", value)
			}
			o.Prefetch = int(n)
			return nil
		},
		"cacertfile": keep("cacertfile"), "certfile": keep("certfile"), "keyfile": keep("keyfile"),
	})
	if err != nil {
		return Options{}, err
	}
	u.RawQuery = files.Encode()
	o.URL = u.String()
	if _, err := amqp091.ParseURI(o.URL); err != nil {
		return Options{}, fmt.Errorf("broker URL %s: %w", u.Redacted(), err)
	}
	return o, nil
}

// place names the server for people, without a password.
func (o Options) place() string {
	u, err := url.Parse(o.URL)
	if err != nil {
		return "an invalid URL"
	}
	u.RawQuery = ""
	return u.Redacted()
}
