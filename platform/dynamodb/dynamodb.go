// Package dynamodb connects a service to its DynamoDB tables.
//
// All tables have the same key, a partition and a place in its order, and no index beside it: what is read is what was
// committed, never a copy of it that lags behind. Every call has a deadline of its own, retries included, so that a
// store which is away is an Unavailable fault within seconds, whatever the caller's deadline is.
//
// A service opens its DB once, makes its tables, and hands them to the outbox and to the dead letters:
//
//	db, err := dynamodb.Open(ctx, dynamodb.Options{URL: "dynamodb://eu-central-1/shop?endpoint=http://localhost:8000", Service: "booking"})
//	err = db.EnsureTables(ctx, db.Table(""), db.Table("outbox"))
package dynamodb

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/logging"
)

const (
	callTimeout        = 5 * time.Second // of one call, retries included
	attemptTimeout     = 3 * time.Second // of one attempt
	pingTimeout        = 1500 * time.Millisecond
	dialTimeout        = time.Second
	idleTimeout        = time.Minute     // less than it takes the service to close a connection
	credentialsTimeout = 5 * time.Second // they may have to be asked of another server
	idleConnections    = 128             // that are kept: requests come in bursts
)

// Options say what to open. URL and Service are needed.
type Options struct {
	URL     string // dynamodb://REGION/TABLE_PREFIX[?endpoint=http://HOST:PORT]
	Service string // whose tables: their names begin with TABLE_PREFIX-SERVICE
	// WriteHook, if set, is called before every request that writes, once for each item of it, with what is done to the item.
	// Its error is treated as one of the store, and nothing of the request is sent. Tests crash a store with it.
	WriteHook func(statement string) error
}

// DB is an open store. Its methods may be called from any goroutine.
type DB struct {
	service string
	address address
	client  *dynamodb.Client
	http    *http.Client
	hook    func(string) error
	counts  counts
}

// Open prepares the client; ctx bounds the opening only. It fails where there are no credentials, and sends nothing to
// DynamoDB yet.
func Open(ctx context.Context, o Options) (*DB, error) {
	a, err := parse(o.URL)
	if err != nil {
		return nil, err
	}
	db := &DB{service: o.Service, address: a, hook: o.WriteHook}
	cfg, err := config.LoadDefaultConfig(ctx, db.settings()...)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role: %w", err)
	}
	// The configuration knows of certificates; a client made of it hides its connections, and could not be closed.
	built, _ := cfg.HTTPClient.(*awshttp.BuildableClient)
	db.http = &http.Client{Timeout: attemptTimeout, Transport: built.GetTransport()}
	cfg.HTTPClient = db.http
	db.client = dynamodb.NewFromConfig(cfg, func(c *dynamodb.Options) {
		c.APIOptions = append(c.APIOptions, db.middleware)
		c.DisableValidateResponseChecksum = true // TLS has one; this one reads refusals wrongly, and complains on stderr
		if a.endpoint != "" {
			c.BaseEndpoint = &a.endpoint
		}
	})
	return db, nil
}

// settings are what the environment may not say otherwise. With an endpoint of one's own one is not on EC2: nobody
// needs to wait until nobody has answered there.
func (db *DB) settings() []func(*config.LoadOptions) error {
	s := []func(*config.LoadOptions) error{
		config.WithRegion(db.address.region), config.WithHTTPClient(newHTTPClient()), config.WithRetryer(newRetryer),
		config.WithLogger(logging.Nop{}),
	}
	if db.address.endpoint != "" {
		s = append(s, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	return s
}

func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout, t.IdleConnTimeout = dialTimeout, idleTimeout
			t.MaxIdleConns, t.MaxIdleConnsPerHost = idleConnections, idleConnections
		})
}

// Ping fails where the table does not answer soon.
func (db *DB) Ping(ctx context.Context, t Table) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	_, err := t.Get(ctx, Key{Partition: "ping", Sort: "ping"}, &Key{})
	return err
}

// Close gives the connections back that are idle. It is idempotent, and called when nothing is under way.
func (db *DB) Close() error {
	db.http.CloseIdleConnections()
	return nil
}
