package embedded

import (
	"errors"
	"fmt"
	"sync"

	"github.com/rs/zerolog"
)

// logger passes the server's warnings and errors on, and keeps the last fatal one: the server reports a failed start
// only here.
type logger struct {
	log zerolog.Logger

	mu    sync.Mutex
	fatal string
}

// failure returns what the server could not survive, or nil.
func (l *logger) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == "" {
		return nil
	}
	return errors.New(l.fatal)
}

// Fatalf keeps the reason; contrary to what its name says elsewhere, it does not end the process.
func (l *logger) Fatalf(format string, v ...any) {
	l.mu.Lock()
	l.fatal = fmt.Sprintf(format, v...)
	l.mu.Unlock()
	l.Errorf(format, v...)
}

func (l *logger) Errorf(format string, v ...any) {
	l.log.Error().Str("event.action", "broker.server").Msgf(format, v...)
}

func (l *logger) Warnf(format string, v ...any) {
	l.log.Warn().Str("event.action", "broker.server").Msgf(format, v...)
}

func (l *logger) Noticef(string, ...any) {}
func (l *logger) Debugf(string, ...any)  {}
func (l *logger) Tracef(string, ...any)  {}
