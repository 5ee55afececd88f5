// Package embedded runs a NATS server with JetStream on disk inside the process.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/messaging/nats"
)

const (
	syncInterval = time.Second
	startTimeout = 10 * time.Second
	// ackWait is short because a consumer that is gone here is gone with its process: what it held when it was killed is
	// wanted soon after the next start.
	ackWait = 5 * time.Second
)

// SyncLag is how long a message the server has acknowledged may still be lost to a power cut. An acknowledged message
// survives the death of the process at once; the server syncs its files every second.
const SyncLag = 2 * syncInterval

// Options say where the server keeps its files and whether others can reach it.
type Options struct {
	Dir    string         // JetStream's files; created where it is missing; one server at a time
	Listen string         // TCP address such as "127.0.0.1:0"; empty: only this process can connect
	Log    zerolog.Logger // receives the server's warnings and errors; the zero value is silent
}

// Server is a running NATS server.
type Server struct {
	server *server.Server
	log    zerolog.Logger
}

// Start returns a server that is ready for connections. It takes some milliseconds.
func Start(o Options) (*Server, error) {
	options, err := serverOptions(o)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("create embedded NATS server: %w", err)
	}
	log := &logger{log: o.Log}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	if err := awaitReady(s, log); err != nil {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("start embedded NATS server in %s: %w", o.Dir, err)
	}
	return &Server{server: s, log: o.Log}, nil
}

// awaitReady looks at the log meanwhile: a server that has failed for good does not say so elsewhere.
func awaitReady(s *server.Server, log *logger) error {
	for end := time.Now().Add(startTimeout); time.Now().Before(end); {
		if err := log.failure(); err != nil {
			return err
		}
		if s.ReadyForConnections(10*time.Millisecond) && s.JetStreamEnabled() {
			return nil
		}
	}
	return fmt.Errorf("not ready within %s", startTimeout)
}

func serverOptions(o Options) (*server.Options, error) {
	options := &server.Options{
		ServerName: "embedded", JetStream: true, StoreDir: o.Dir, SyncInterval: syncInterval,
		NoSigs: true, DontListen: o.Listen == "",
	}
	if o.Dir == "" {
		return nil, errors.New("embedded NATS server: directory is missing")
	}
	if o.Listen == "" {
		return options, nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS server: address to listen on: %w", err)
	}
	options.Host = host
	if options.Port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("embedded NATS server: port to listen on: %w", err)
	}
	if options.Port == 0 {
		options.Port = server.RANDOM_PORT // 0 would stand for the default port
	}
	return options, nil
}

// InProcessConn returns a connection without a socket.
func (s *Server) InProcessConn() (net.Conn, error) { return s.server.InProcessConn() }

// URL is where others connect to, such as "nats://127.0.0.1:4222"; empty where the server does not listen.
func (s *Server) URL() string {
	if s.server.Addr() == nil {
		return ""
	}
	return "nats://" + s.server.Addr().String()
}

// Connect returns a broker on this server.
func (s *Server) Connect(ctx context.Context) (*nats.Broker, error) {
	return nats.New(ctx, nats.Options{InProcess: s, SyncLag: SyncLag, AckWait: ackWait, Log: s.log})
}

// Stop ends the server and returns when its files are closed. It may be called again.
func (s *Server) Stop() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}
