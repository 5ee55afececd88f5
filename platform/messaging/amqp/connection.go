package amqp

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"
	"github.com/rs/zerolog"
)

const (
	handshakeTimeout = 10 * time.Second
	writeTimeout     = 10 * time.Second
	closeTimeout     = 5 * time.Second

	// A server that was not heard of for one and a half heartbeats is taken for lost.
	heartbeat = 6 * time.Second

	minPause = 100 * time.Millisecond // between two attempts to connect
	maxPause = 3 * time.Second
)

var errLost = errors.New("connection is lost")

// connection is a connection to the server that is made anew, by the goroutine of run, whenever it is lost.
type connection struct {
	url     string
	config  amqp091.Config
	log     zerolog.Logger
	changed func(error) // called when it was lost, with the reason, and when it is back, with nil

	cancel context.CancelFunc // ends run; nil before open
	done   chan struct{}      // closed by run

	mu      sync.Mutex // guards what follows
	current *dialed
	up      chan struct{} // closed while current can be used
	blocked bool
}

func newConnection(o Options, purpose string, changed func(error)) *connection {
	properties := amqp091.NewConnectionProperties()
	properties.SetClientConnectionName(o.Name + " " + purpose)
	return &connection{
		url: o.URL, log: o.Log, changed: changed, done: make(chan struct{}), up: make(chan struct{}),
		config: amqp091.Config{Heartbeat: heartbeat, Locale: "en_US", Properties: properties},
	}
}

// open connects, and tries until ctx ends, because a broker often starts beside the services that need it. What trying
// again would not help fails at once.
func (c *connection) open(ctx context.Context) error {
	conn, err := c.dial(ctx, isFinal)
	if err != nil {
		return err
	}
	c.set(conn)
	ctx, c.cancel = context.WithCancel(context.Background())
	go c.run(ctx, conn)
	return nil
}

// close ends the connection, and all that waits for an answer over it.
func (c *connection) close() {
	if c.cancel == nil {
		return
	}
	c.cancel()
	<-c.done
}

func (c *connection) run(ctx context.Context, conn *dialed) {
	defer close(c.done)
	defer c.set(nil)
	for {
		reason := c.watch(ctx, conn)
		if ctx.Err() != nil {
			hangUp(conn)
			return
		}
		c.set(nil)
		c.changed(reason)
		var err error
		if conn, err = c.dial(ctx, func(error) bool { return false }); err != nil {
			return // ctx has ended
		}
		c.set(conn)
		c.changed(nil)
	}
}

// watch returns when the connection is lost, or ctx ends.
func (c *connection) watch(ctx context.Context, conn *dialed) error {
	lost := conn.NotifyClose(make(chan *amqp091.Error, 1))
	blocks := conn.NotifyBlocked(make(chan amqp091.Blocking, 1))
	for {
		select {
		case blocking, open := <-blocks:
			if !open {
				blocks = nil // lost follows
			}
			c.mu.Lock()
			c.blocked = blocking.Active
			c.mu.Unlock()
		case reason := <-lost:
			if reason == nil {
				return errLost
			}
			return reason
		case <-ctx.Done():
			return nil
		}
	}
}

// dial tries until it is connected, giveUp says that an error is final, or ctx ends.
func (c *connection) dial(ctx context.Context, giveUp func(error) bool) (*dialed, error) {
	var last string
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		conn, err := c.dialOnce(ctx)
		if err == nil {
			return conn, nil
		}
		if giveUp(err) {
			return nil, err
		}
		if err.Error() != last {
			last = err.Error()
			c.log.Warn().Err(err).Str("event.action", "broker.connect").Msg("message broker cannot be reached yet")
		}
		select {
		case <-time.After(pause - rand.N(pause/2)):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		}
	}
}

func (c *connection) dialOnce(ctx context.Context) (*dialed, error) {
	var socket net.Conn
	config := c.config
	config.Dial = func(network, address string) (_ net.Conn, err error) {
		socket, err = dialLine(ctx, network, address)
		return socket, err
	}
	conn, err := amqp091.DialConfig(c.url, config)
	if err != nil {
		if socket != nil {
			_ = socket.Close() // the client library leaves it open where the handshake fails
		}
		return nil, err
	}
	return &dialed{conn, socket}, nil
}

// dialed is a connection with its socket.
type dialed struct {
	*amqp091.Connection
	socket net.Conn
}

// hangUp closes a connection. A server that takes no messages does not hear of it, and the client library would wait as
// long as there are signs of life.
func hangUp(conn *dialed) {
	timeout := time.AfterFunc(closeTimeout, func() { _ = conn.socket.Close() })
	defer timeout.Stop()
	_ = conn.Close() // fails where the server is away: then there is nothing to close
}

// isFinal reports whether the server does not want us, or we do not want it.
func isFinal(err error) bool {
	if refusal, ok := errors.AsType[*amqp091.Error](err); ok {
		return refusal.Code == amqp091.AccessRefused || refusal.Code == amqp091.NotAllowed
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, unreadable := errors.AsType[*fs.PathError](err) // a certificate of ours
	return untrusted || unreadable
}

func (c *connection) set(conn *dialed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current, c.blocked = conn, false
	if conn != nil {
		close(c.up)
	} else if isClosed(c.up) {
		c.up = make(chan struct{})
	}
}

// get returns the connection, or an error at once while it is lost.
func (c *connection) get() (*amqp091.Connection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		return nil, errLost
	}
	return c.current.Connection, nil
}

// await returns the connection when there is one; false where stop or the end of this connection comes first.
func (c *connection) await(stop <-chan struct{}) (*amqp091.Connection, bool) {
	for {
		c.mu.Lock()
		up := c.up
		c.mu.Unlock()
		select {
		case <-up:
		case <-stop:
			return nil, false
		case <-c.done:
			return nil, false
		}
		if conn, err := c.get(); err == nil {
			return conn, true
		}
	}
}

func (c *connection) isUp() bool {
	_, err := c.get()
	return err == nil
}

// isBlocked reports whether the server takes no messages for now, for want of memory or disk.
func (c *connection) isBlocked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocked
}

// within waits for f, which asks the broker for something, until ctx ends, at most for requestTimeout. The client library
// knows no deadlines: f may go on until the connection is lost; undo, where there is one, then gets what nobody waits for.
func within[T any](ctx context.Context, f func() (T, error), undo func(T)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer)
	go func() {
		value, err := f()
		select {
		case answers <- answer{value, err}:
		case <-ctx.Done():
			if err == nil && undo != nil {
				undo(value)
			}
		}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// line is a socket whose writes have a deadline. While it writes, the client library holds a lock that it needs to take
// down a connection: a server that is frozen would never be given up.
type line struct{ net.Conn }

func dialLine(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: handshakeTimeout}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil { // the client library lifts it afterwards
		return nil, errors.Join(err, conn.Close())
	}
	return line{conn}, nil
}

func (l line) Write(p []byte) (int, error) {
	if err := l.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return l.Conn.Write(p)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
