package aws

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/messaging"
)

// The defaults of Options.
const (
	DefaultPrefix      = "myevents-"
	DefaultVisibility  = 30 * time.Second
	DefaultMaxReceives = 100
)

// Options say where the services are and how to use them. Region is needed; zero values of the others stand for the
// defaults. Credentials come from where the SDK always looks for them, such as AWS_ACCESS_KEY_ID or the task's role.
type Options struct {
	Region   string // such as "eu-central-1"
	Endpoint string // of both services, such as "http://127.0.0.1:5000"; empty: Amazon's own in the region
	Prefix   string // of the names of topics and queues, so that several environments fit into one account
	Name     string // of this process, such as "booking"; sent with each request

	// Visibility is how long a message stays with an instance that no longer gives signs of life, in whole seconds.
	Visibility time.Duration
	// MaxReceives is how often a message may come back, because an instance died or stopped, before SQS puts it on the dead
	// queue. It is a net below the dead letters of the consumers; see docs/brokers.md.
	MaxReceives int

	Log zerolog.Logger // the zero value is silent
}

// ParseURL reads options from a URL such as "aws://eu-central-1?prefix=staging-&visibility=1m", or
// "aws://us-east-1?endpoint=http://127.0.0.1:5000" for a server that stands in for Amazon's.
func ParseURL(raw string) (Options, error) {
	var o Options
	u, err := messaging.ParseURL(raw, messaging.Parameters{
		"endpoint": o.setEndpoint, "prefix": o.setPrefix, "visibility": o.setVisibility, "max_receives": o.setMaxReceives,
	})
	if err != nil {
		return Options{}, err
	}
	if u.User != nil || u.Path != "" {
		return Options{}, fmt.Errorf("broker URL %s: only the region belongs here; credentials come from the environment", u.Redacted())
	}
	o.Region = u.Host
	return o, nil
}

func (o *Options) setEndpoint(value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("must be a URL such as http://host:5000, without credentials")
	}
	o.Endpoint = value
	return nil
}

func (o *Options) setPrefix(value string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,30}$`).MatchString(value) {
		return errors.New("must be up to 30 letters, digits, hyphens and underscores")
	}
	o.Prefix = value
	return nil
}

func (o *Options) setVisibility(value string) (err error) {
	o.Visibility, err = time.ParseDuration(value)
	if err == nil && (o.Visibility < time.Second || o.Visibility > maxVisibility || o.Visibility%time.Second != 0) {
		return fmt.Errorf("must be whole seconds, up to %s", maxVisibility)
	}
	return err
}

func (o *Options) setMaxReceives(value string) (err error) {
	o.MaxReceives, err = strconv.Atoi(value)
	if err == nil && (o.MaxReceives < 1 || o.MaxReceives > 1000) {
		return errors.New("must be a number from 1 to 1000")
	}
	return err
}

func (o Options) withDefaults() Options {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.Visibility == 0 {
		o.Visibility = DefaultVisibility
	}
	if o.MaxReceives == 0 {
		o.MaxReceives = DefaultMaxReceives
	}
	return o
}

// place names the services for people.
func (o Options) place() string {
	if o.Endpoint != "" {
		return o.Endpoint
	}
	return "AWS in " + o.Region
}
