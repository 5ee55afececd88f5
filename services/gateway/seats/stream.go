package seats

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
)

const (
	maxEvents = 50  // of one stream
	maxID     = 100 // characters
)

// retry tells the browser how long to wait before it comes back, in milliseconds: a gateway that stops ends all streams at
// once, and they should not all wait for long.
const retry = "retry: 2000\n\n"

// ServeHTTP answers with the seats of the events that the parameters event name: first of each that exists, then of each that
// has changed, as events called seats with a Seats as data. It ends when the page leaves or does not read, and when the server
// or the feed stops.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ids, err := eventIDs(r)
	if err != nil {
		httpserver.WriteProblem(w, r, err)
		return
	}
	s, err := f.join(f.options.Client(r), ids)
	if err != nil {
		httpserver.WriteProblem(w, r, err)
		return
	}
	defer f.leave(s)
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // says nginx, and proxies that follow it, not to wait for more
	out, err := startFlow(w, r, f.options.Patience)
	if err == nil {
		err = out.write([]byte(retry))
	}
	if err == nil {
		f.send(out, r, s)
	}
}

// send sends news until the stream has to end.
func (f *Feed) send(out *flow, r *http.Request, s *stream) {
	alive := time.NewTicker(f.options.Alive)
	defer alive.Stop()
	var err error
	for err == nil {
		select {
		case <-s.ready:
			err = out.write(encode(f.take(s)))
		case <-alive.C:
			err = out.write([]byte(":\n\n")) // a comment: proxies, and we, learn that the other side is there
		case <-r.Context().Done():
			return
		case <-httpserver.Stopping(r.Context()):
			return
		case <-s.ending:
			return
		}
	}
}

// eventIDs returns the events that the request names, each once, or an Invalid fault.
func eventIDs(r *http.Request) ([]string, error) {
	var ids []string
	for _, id := range r.URL.Query()["event"] {
		if id == "" || len(id) > maxID {
			return nil, fault.InvalidField("event", fmt.Sprintf("each must have 1 to %d characters", maxID))
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		if len(ids) > maxEvents {
			break
		}
	}
	if len(ids) < 1 || len(ids) > maxEvents {
		return nil, fault.InvalidField("event", fmt.Sprintf("must be given 1 to %d times, with the id of an event", maxEvents))
	}
	return ids, nil
}

func encode(news []Seats) []byte {
	var events []byte
	for _, s := range news {
		data, err := json.Marshal(s)
		if err != nil {
			panic(err) // texts and numbers always encode
		}
		events = fmt.Appendf(events, "event: seats\ndata: %s\n\n", data)
	}
	return events
}
