package httpserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The limits of a server where its Timeouts say nothing.
const (
	DefaultReadHeaderTimeout = 5 * time.Second
	DefaultReadTimeout       = 15 * time.Second
	DefaultWriteTimeout      = 30 * time.Second
	DefaultIdleTimeout       = 120 * time.Second
	MaxHeaderBytes           = 64 << 10
)

// Timeouts are those of http.Server; zero means the default above.
type Timeouts struct {
	ReadHeader time.Duration // for the head of a request
	Read       time.Duration // for all of a request
	Write      time.Duration // from the end of the head to the end of the answer
	Idle       time.Duration // between the requests of a connection
}

// ServerOptions describe a server. At least one of Listen and TLSListen must be given.
type ServerOptions struct {
	Name      string // in errors
	Listen    string // address for HTTP, such as ":8080"; ":0" picks a port; empty: no HTTP
	TLSListen string // address for HTTPS; needs CertFile and KeyFile; empty: no HTTPS
	CertFile  string // PEM; read again when it has changed
	KeyFile   string // PEM
	Handler   http.Handler
	Timeouts  Timeouts
	Drain     time.Duration // how long Stop lets clients leave their connections by themselves, at most; 0: it closes them
	ErrorLog  *log.Logger   // what net/http complains about, such as failed TLS handshakes; nil: the log package's logger
	Failed    func(error)   // told when serving ends before Stop, which returns the same error; nil: nobody is

	Loaded     func(expires time.Time) // told of each certificate that is read; nil: nobody is
	Registerer prometheus.Registerer   // gets the metric of HTTPS's certificate; nil: nobody does
}

// Server listens with HTTP, HTTPS or both side by side. It is a lifecycle.Part.
type Server struct {
	options ServerOptions
	http    *http.Server
	plain   net.Listener // nil without HTTP
	secure  net.Listener // nil without HTTPS
	serving chan error   // each serving goroutine sends why it ended, exactly once
	running int          // how many of them have not been waited for
	drain   *drain       // nil without Drain

	stopping chan struct{} // closed when Stop begins; see Stopping

	certificate *certificate // of HTTPS
}

// NewServer returns a server that Start will start.
func NewServer(o ServerOptions) *Server {
	s := &Server{options: o, serving: make(chan error, 2), certificate: &certificate{
		certFile: o.CertFile, keyFile: o.KeyFile, told: o.Loaded,
	}}
	if o.TLSListen != "" && o.Registerer != nil {
		o.Registerer.MustRegister(s.certificate.expiry())
	}
	return s
}

// Start binds the listeners and begins to serve. A server that was stopped can be started again.
func (s *Server) Start(ctx context.Context) error {
	if err := s.listen(ctx); err != nil {
		s.closeListeners()
		return fmt.Errorf("%s: %w", s.options.Name, err)
	}
	s.http = newHTTPServer(s.options)
	s.http.TLSConfig = s.certificate.config()
	s.stopping = make(chan struct{})
	s.http.BaseContext = withStopping(s.stopping)
	if s.options.Drain > 0 {
		s.drain = &drain{stopping: s.stopping}
		s.http.Handler, s.http.ConnState = s.drain.handler(s.options.Handler), s.drain.count
	}
	if s.plain != nil {
		s.serve(func() error { return s.http.Serve(s.plain) })
	}
	if s.secure != nil {
		s.serve(func() error { return s.http.ServeTLS(s.secure, "", "") })
	}
	return nil
}

// serve runs f until Stop, which closes the listeners, and waits for what f returns.
func (s *Server) serve(f func() error) {
	s.running++
	go func() {
		err := f()
		if s.options.Failed != nil && !errors.Is(err, http.ErrServerClosed) {
			s.options.Failed(fmt.Errorf("%s: %w", s.options.Name, err))
		}
		s.serving <- err
	}()
}

func newHTTPServer(o ServerOptions) *http.Server {
	return &http.Server{
		Handler:           o.Handler,
		ReadHeaderTimeout: cmp.Or(o.Timeouts.ReadHeader, DefaultReadHeaderTimeout),
		ReadTimeout:       cmp.Or(o.Timeouts.Read, DefaultReadTimeout),
		WriteTimeout:      cmp.Or(o.Timeouts.Write, DefaultWriteTimeout),
		IdleTimeout:       cmp.Or(o.Timeouts.Idle, DefaultIdleTimeout),
		MaxHeaderBytes:    MaxHeaderBytes,
		ErrorLog:          o.ErrorLog,
	}
}

func (s *Server) listen(ctx context.Context) (err error) {
	if s.options.Listen == "" && s.options.TLSListen == "" {
		return errors.New("neither an HTTP nor an HTTPS address is given")
	}
	if s.options.TLSListen != "" {
		if _, err := s.certificate.current(); err != nil {
			return err
		}
	}
	if s.plain, err = bind(ctx, s.options.Listen); err != nil {
		return err
	}
	s.secure, err = bind(ctx, s.options.TLSListen)
	return err
}

// bind returns a listener at the address, nil without one.
func bind(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", address)
}

func (s *Server) closeListeners() {
	for _, l := range []net.Listener{s.plain, s.secure} {
		if l != nil {
			_ = l.Close()
		}
	}
	s.plain, s.secure = nil, nil
}

// Stop lets clients leave for as long as Drain says, accepts no more, waits for the requests in flight until ctx ends, then
// breaks off the rest, which is an error. It also returns why serving had ended early, if it had.
func (s *Server) Stop(ctx context.Context) error {
	if s.http == nil {
		return nil
	}
	close(s.stopping)
	if s.drain != nil {
		s.drain.wait(ctx, s.options.Drain)
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("requests were still in flight: %w", errors.Join(err, s.http.Close()))
	}
	for ; s.running > 0; s.running-- {
		if ended := <-s.serving; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
	}
	s.http = nil
	if err != nil {
		return fmt.Errorf("%s: %w", s.options.Name, err)
	}
	return nil
}

// Addr returns the address HTTP listens on, such as "127.0.0.1:8080"; empty without HTTP or before Start.
func (s *Server) Addr() string { return address(s.plain) }

// TLSAddr returns the address HTTPS listens on; empty without HTTPS or before Start.
func (s *Server) TLSAddr() string { return address(s.secure) }

func address(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}
