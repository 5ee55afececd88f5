package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/platform/messaging"
)

// silence is how long nothing is heard from any server before a failure means that the cluster is away. One of several
// servers may be.
const silence = time.Second

// line makes all connections of a Broker. The client library connects again by itself, for as long as it takes, and tells
// nobody; here it is seen. It also ends what the library would wait for when nobody waits any more.
type line struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	link *messaging.Link

	ctx context.Context //nolint:containedctx // of the line itself: ends with cut
	cut context.CancelFunc

	lost  atomic.Bool
	heard atomic.Int64 // when, in Unix nanoseconds
	dials atomic.Int64

	mu   sync.Mutex
	open map[*conn]struct{}
}

func newLine(dial func(ctx context.Context, network, address string) (net.Conn, error), link *messaging.Link) *line {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	l := &line{dial: dial, link: link, open: map[*conn]struct{}{}}
	l.ctx, l.cut = context.WithCancel(context.Background())
	return l
}

// Dial implements the client library's proxy.Dialer.
func (l *line) Dial(network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(l.ctx, requestTimeout)
	defer cancel()
	l.dials.Add(1)
	raw, err := l.dial(ctx, network, address)
	if err != nil {
		l.failed(err)
		return nil, err
	}
	c := &conn{Conn: raw, line: l}
	c.forget = context.AfterFunc(l.ctx, func() { _ = raw.Close() })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = struct{}{}
	return c, nil
}

func (l *line) failed(err error) {
	if l.ctx.Err() != nil || time.Since(time.Unix(0, l.heard.Load())) < silence {
		return
	}
	l.lost.Store(true)
	l.link.Lost(err)
}

func (l *line) heardSomething() {
	l.heard.Store(time.Now().UnixNano())
	if l.lost.CompareAndSwap(true, false) {
		l.link.Restored()
	}
}

func (l *line) closed(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

func (l *line) connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// conn is a connection to a server.
type conn struct {
	net.Conn
	line   *line
	forget func() bool
}

// Read implements net.Conn. An orderly end is no failure: servers end what was idle for long, and where one stops, the
// next attempt to connect tells.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.line.heardSomething()
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		c.line.failed(err)
	}
	return n, err
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.forget()
	c.line.closed(c)
	return c.Conn.Close()
}
