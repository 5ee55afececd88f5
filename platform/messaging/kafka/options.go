package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/messaging"
)

// The defaults that ParseURL sets.
const (
	DefaultPrefix         = "myevents."
	DefaultPartitions     = 6
	DefaultSessionTimeout = 10 * time.Second
	// DefaultSyncLag covers one node on Linux: Kafka leaves syncing to the system, which writes back what is older than 30
	// seconds, and looks for it every 5.
	DefaultSyncLag = time.Minute
)

// Options say where the cluster is and how to use it. They come from ParseURL, which knows the defaults; Name, Dial and
// Log are set afterwards.
type Options struct {
	Servers []string // of the cluster, to begin with, such as "host:9092"; it names the others
	Name    string   // shown in the servers' logs and metrics, such as "booking"
	Prefix  string   // of the names of topics and groups, so that several environments fit into one cluster

	// Partitions are those of a topic that is created; they bound how many instances of a service share its messages.
	Partitions int32
	// Replication is how many servers keep each message of a topic that is created; -1: as many as the cluster says.
	Replication int16
	// SessionTimeout is how long the messages stay with an instance that no longer gives signs of life.
	SessionTimeout time.Duration
	// SyncLag is how long the cluster may take until a power cut no longer loses what it has acknowledged; 0 where
	// replicas do not share their power.
	SyncLag time.Duration

	// Dial opens connections; nil: as net.Dialer does. Tests cut them with it, and reach what advertises other addresses.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Log  zerolog.Logger // the zero value is silent
}

// prefix is what names of topics and groups may begin with.
//
// Source: https://github.com/apache/kafka, org.apache.kafka.common.internals.Topic
var prefix = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

const defaultPort = "9092"

// ParseURL reads options from a URL such as "kafka://host1:9092,host2:9092?prefix=staging.&partitions=12".
func ParseURL(raw string) (Options, error) {
	o := Options{
		Prefix: DefaultPrefix, Partitions: DefaultPartitions, Replication: -1,
		SessionTimeout: DefaultSessionTimeout, SyncLag: DefaultSyncLag,
	}
	one, servers := cutServers(raw)
	u, err := messaging.ParseURL(one, messaging.Parameters{
		"prefix":          o.setPrefix,
		"partitions":      func(value string) error { return count(&o.Partitions, value, math.MaxInt16) },
		"replication":     func(value string) error { return count(&o.Replication, value, math.MaxInt16) },
		"session_timeout": func(value string) error { return duration(&o.SessionTimeout, value, time.Second) },
		"sync_lag":        func(value string) error { return duration(&o.SyncLag, value, 0) },
	})
	switch {
	case err != nil:
		return Options{}, err
	case u.User != nil:
		return Options{}, fmt.Errorf("broker URL %s: signing in to Kafka is not supported", u.Redacted())
	case u.Path != "" && u.Path != "/":
		return Options{}, fmt.Errorf("broker URL %s: there is no path in it; prefix is a parameter", u.Redacted())
	}
	for _, server := range servers {
		if server == "" {
			return Options{}, fmt.Errorf("broker URL %s: a host is missing between commas", u.Redacted())
		}
		if _, _, err := net.SplitHostPort(server); err != nil {
			server = net.JoinHostPort(strings.Trim(server, "[]"), defaultPort)
		}
		o.Servers = append(o.Servers, server)
	}
	return o, nil
}

// cutServers returns the URL with the first of its servers, and all of them: no URL has several, so that nothing would
// parse it.
func cutServers(raw string) (one string, servers []string) {
	scheme, rest, _ := strings.Cut(raw, "://")
	end := strings.IndexAny(rest+"/", "/?#")
	begin := strings.LastIndex(rest[:end], "@") + 1
	servers = strings.Split(rest[begin:end], ",")
	return scheme + "://" + rest[:begin] + servers[0] + rest[end:], servers
}

func (o *Options) setPrefix(value string) error {
	if !prefix.MatchString(value) {
		return errors.New("up to 100 letters, digits, dots, hyphens and underscores")
	}
	o.Prefix = value
	return nil
}

func count[N int16 | int32](to *N, value string, most int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		return fmt.Errorf("a number from 1 to %d", most)
	}
	*to = N(n)
	return nil
}

func duration(to *time.Duration, value string, least time.Duration) error {
	d, err := time.ParseDuration(value)
	if err != nil {
		return err
	}
	if d < least || d%time.Millisecond != 0 {
		return fmt.Errorf("whole milliseconds, at least %s", least)
	}
	*to = d
	return nil
}

// place names the cluster for people.
func (o Options) place() string { return "kafka://" + strings.Join(o.Servers, ",") }

func (o Options) topic(name string) string { return o.Prefix + name }

// group names what the instances of a service share. It is one group a topic: were it one for all topics of a service,
// every instance that joins for one topic would interrupt all.
func (o Options) group(service, topic string) string { return o.Prefix + service + "." + topic }
