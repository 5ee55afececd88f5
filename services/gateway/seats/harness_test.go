package seats_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/gateway/seats"
)

const (
	patience = 10 * time.Second // of the tests
	soon     = 10 * time.Millisecond
)

// service stands for the event service: what it knows can be changed, and it counts the questions.
type service struct {
	mu    sync.Mutex
	known map[string]seats.Seats
	asked [][]string
	away  bool
}

func newService(ids ...string) *service {
	s := &service{known: map[string]seats.Seats{}}
	for _, id := range ids {
		s.set(id, 10)
	}
	return s
}

func (s *service) set(id string, left int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[id] = seats.Seats{EventID: id, SeatsLeft: left, Status: "scheduled", Version: 1}
}

func (s *service) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func (s *service) ask(_ context.Context, ids []string) ([]seats.Seats, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, ids)
	if s.away {
		return nil, errors.New("away")
	}
	var known []seats.Seats
	for _, id := range ids {
		if k, there := s.known[id]; there {
			known = append(known, k)
		}
	}
	return known, nil
}

// questions returns how many there were so far, and the last one.
func (s *service) questions() (n int, last []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n = len(s.asked); n > 0 {
		last = s.asked[n-1]
	}
	return n, last
}

// gateway is a started feed behind a server, which is reached through pipes: a thousand of them cost no file descriptor, and
// what nobody reads is in no buffer.
type gateway struct {
	feed     *seats.Feed
	registry *prometheus.Registry
	server   *http.Server
	pipes    chan net.Conn
	client   *http.Client
}

func start(t *testing.T, s *service, change ...func(*seats.Options)) *gateway {
	t.Helper()
	return startBehind(t, &http.Server{ReadHeaderTimeout: patience}, s, change...)
}

// startBehind is start with a server of the test's own.
func startBehind(t *testing.T, server *http.Server, s *service, change ...func(*seats.Options)) *gateway {
	t.Helper()
	g := &gateway{registry: prometheus.NewRegistry(), server: server, pipes: make(chan net.Conn)}
	o := seats.Options{
		Ask: s.ask, Registerer: g.registry, Every: soon,
		Client: func(r *http.Request) netip.Addr { return netip.MustParseAddr(r.Header.Get("Client")) },
	}
	for _, c := range change {
		c(&o)
	}
	g.feed = seats.New(o)
	require.NoError(t, g.feed.Start(t.Context()))
	g.server.Handler = g.feed
	go func() { _ = g.server.Serve(g) }()
	g.client = &http.Client{Transport: &http.Transport{DialContext: g.dial}}
	t.Cleanup(func() {
		require.NoError(t, g.feed.Stop(context.Background()))
		require.NoError(t, g.server.Close())
	})
	return g
}

func (g *gateway) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case g.pipes <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr make the gateway a net.Listener.
func (g *gateway) Accept() (net.Conn, error) {
	conn, open := <-g.pipes
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (g *gateway) Close() error   { close(g.pipes); return nil }
func (g *gateway) Addr() net.Addr { return &net.TCPAddr{} }

func (g *gateway) get(t *testing.T, client string, ids ...string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://gateway/api/v1/seats?"+url.Values{"event": ids}.Encode(), nil)
	require.NoError(t, err)
	r.Header.Set("Client", client)
	answer, err := g.client.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// page is a page that follows events.
type page struct {
	answer *http.Response
	lines  *bufio.Scanner
}

func (g *gateway) follow(t *testing.T, ids ...string) *page {
	t.Helper()
	answer := g.get(t, "192.0.2.1", ids...)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	return &page{answer, bufio.NewScanner(answer.Body)}
}

// hear returns what the page is told next; ok is false where the stream has ended.
func (p *page) hear() (s seats.Seats, ok bool) {
	for p.lines.Scan() {
		if data, is := strings.CutPrefix(p.lines.Text(), "data: "); is {
			return s, json.Unmarshal([]byte(data), &s) == nil
		}
	}
	return s, false
}

func (p *page) hears(t *testing.T, id string, left int) {
	t.Helper()
	s, ok := p.hear()
	require.True(t, ok, "the stream has ended: %v", p.lines.Err())
	require.Equal(t, seats.Seats{EventID: id, SeatsLeft: left, Status: "scheduled", Version: 1}, s)
}

// asks waits until the service is asked again, twice: then the answer to a question that began later is told.
func (s *service) asks(t *testing.T) {
	t.Helper()
	before, _ := s.questions()
	require.Eventually(t, func() bool {
		n, _ := s.questions()
		return n >= before+2
	}, patience, time.Millisecond)
}
