package seats

import (
	"fmt"
	"net/http"
	"time"

	"github.com/myevents/myevents/platform/httpserver"
)

// flow is an answer without an end. What is written to it goes out at once.
type flow struct {
	w          http.ResponseWriter
	controller *http.ResponseController
	patience   time.Duration
}

// startFlow sends the head of the answer, whose header must be set, and returns the rest of it. From here on not
// the answer as a whole, as the server has it, but each write may take some time, as long as patience says: a client that does not
// read is not waited for.
func startFlow(w http.ResponseWriter, r *http.Request, patience time.Duration) (*flow, error) {
	f := &flow{w: w, controller: http.NewResponseController(w), patience: patience}
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // a client that is idle after its stream would hold up a server that stops
	}
	w.WriteHeader(http.StatusOK)
	if err := f.write(nil); err != nil {
		return nil, fmt.Errorf("start stream: %w", err)
	}
	httpserver.HeadOut(w)
	return f, nil
}

// write sends p. It fails where the client has gone or does not read.
func (f *flow) write(p []byte) error {
	if err := f.controller.SetWriteDeadline(time.Now().Add(f.patience)); err != nil {
		return err
	}
	if _, err := f.w.Write(p); err != nil {
		return err
	}
	return f.controller.Flush()
}
