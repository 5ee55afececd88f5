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
			s.serving.Go(func() {
				defer func() { _ = conn.Close() }()
				_ = swallow(conn) // the client ends the connection
			})
		}
	})
	return s, nil
}

func (s *sink) url() string { return "http://" + s.listener.Addr().String() + "/api/v2/spans" }

// stop waits until the clients have closed their connections.
func (s *sink) stop() error {
	err := s.listener.Close()
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
