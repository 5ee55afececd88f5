package httpserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"

	"github.com/rs/zerolog"

	"github.com/myevents/myevents/platform/telemetry"
)

// Recover answers a panic of next with a problem and writes one line about it to the logger that log returns for the
// request: method, route, the names (never the values) of the query parameters, and the stack. Where part of the answer
// is out already it breaks the connection instead, as http.ErrAbortHandler does, which passes through untouched.
func Recover(log func(context.Context) *zerolog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := w.(startingWriter)
		if !ok {
			answer = &startedWriter{ResponseWriter: w}
		}
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(reason)
			}
			logPanic(log(r.Context()), r, reason)
			if answer.Started() {
				panic(http.ErrAbortHandler)
			}
			WriteProblem(w, r, fmt.Errorf("panic: %v", reason))
		}()
		next.ServeHTTP(answer, r)
	})
}

func logPanic(log *zerolog.Logger, r *http.Request, reason any) {
	log.Error().
		Str("event.action", "http.panic").
		Str("http.request.method", r.Method).
		Str("http.route", telemetry.Route(r)).
		Int("http.response.status_code", http.StatusInternalServerError).
		Strs("url.query_keys", slices.Sorted(maps.Keys(r.URL.Query()))).
		Str("error.message", fmt.Sprint(reason)).
		Str("error.stack_trace", string(debug.Stack())).
		Msg("a handler panicked")
}

// startingWriter knows whether the answer has begun, as the one that telemetry puts in front does.
type startingWriter interface {
	http.ResponseWriter
	Started() bool
}

// startedWriter remembers whether the answer has begun.
type startedWriter struct {
	http.ResponseWriter
	started bool
}

func (w *startedWriter) Started() bool { return w.started }

func (w *startedWriter) WriteHeader(status int) {
	w.started = w.started || status >= http.StatusOK
	w.ResponseWriter.WriteHeader(status)
}

func (w *startedWriter) Write(p []byte) (int, error) {
	w.started = true
	return w.ResponseWriter.Write(p)
}

// WriteShared passes on the caller's promise not to modify p.
func (w *startedWriter) WriteShared(p []byte) (int, error) {
	w.started = true
	return WriteShared(w.ResponseWriter, p)
}

// ReadFrom keeps sendfile for those who copy a file into the answer.
func (w *startedWriter) ReadFrom(src io.Reader) (int64, error) {
	w.started = true
	return io.Copy(w.ResponseWriter, src)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *startedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
