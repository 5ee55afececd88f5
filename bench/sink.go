package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// sink stands in for Zipkin: it takes whatever is posted and keeps nothing. Like the load generator it is a fraction of
// net/http, so that it leaves the machine to the server under test.
type sink struct {
	listener net.Listener
	serving  sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn // also those that have ended
	gone  bool
}

func startSink(ctx context.Context) (*sink, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{listener: l}
	s.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // stopped
			}
			s.keep(conn)
			s.serving.Go(func() {
				defer func() { _ = conn.Close() }()
				_ = swallow(conn) // the client ends the connection, or stop
			})
		}
	})
	return s, nil
}

func (s *sink) url() string { return "http://" + s.listener.Addr().String() + "/api/v2/spans" }

func (s *sink) keep(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, conn)
	if s.gone {
		_ = conn.Close()
	}
}

// stop breaks off all connections, as the end of Zipkin would. It may be called again.
func (s *sink) stop() error {
	s.mu.Lock()
	first := !s.gone
	s.gone = true
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	var err error
	if first {
		err = s.listener.Close()
	}
	s.serving.Wait()
	return err
}

// swallow answers one request after the other.
func swallow(conn io.ReadWriter) error {
	reader := bufio.NewReaderSize(conn, 256<<10)
	for {
		if err := discardRequest(reader); err != nil {
			return err
		}
		if _, err := io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"); err != nil {
			return err
		}
	}
}

func discardRequest(reader *bufio.Reader) error {
	length := -1
	for first := true; ; first = false {
		l, err := reader.ReadString('\n')
		if err != nil {
			return err
		}
		if l = strings.TrimSpace(l); l == "" && !first {
			break
		}
		name, value, _ := strings.Cut(l, ":")
		if strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return fmt.Errorf("Content-Length %q: %w", value, err)
			}
		}
	}
	if length < 0 {
		return errors.New("a request without Content-Length")
	}
	_, err := reader.Discard(length)
	return err
}
