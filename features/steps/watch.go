package steps

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// watch is a page that shows an event: it holds the stream of the event's seats open. A nil watch does nothing.
type watch struct {
	close context.CancelFunc
	ended chan struct{} // closed when the stream has ended

	mu   sync.Mutex
	left map[string]int // what the stream said last, by the event's id
}

func (s *scenario) watchesSeats(ctx context.Context, event string) error {
	if s.watch != nil {
		return fmt.Errorf("a page is open already")
	}
	id, err := s.event(event)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(requestTimeout, cancel) // of the answer's beginning only: its end is the page's
	stream, err := s.client.stream(ctx, "/api/v1/seats?event="+url.QueryEscape(id))
	late.Stop()
	if err != nil {
		cancel()
		return err
	}
	s.watch = &watch{close: cancel, ended: make(chan struct{}), left: map[string]int{}}
	go s.watch.read(stream)
	return nil
}

// stream returns the body of an answer that has no end; it ends with ctx.
func (c *client) stream(ctx context.Context, path string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := (&http.Client{Transport: c.http.Transport}).Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, fmt.Errorf("GET %s should be answered with 200, not %s", path, answer.Status)
	}
	return answer.Body, nil
}

// read keeps what the stream says until it ends.
func (w *watch) read(stream io.ReadCloser) {
	defer close(w.ended)
	defer stream.Close()
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		data, found := strings.CutPrefix(lines.Text(), "data: ")
		if !found {
			continue
		}
		var seats struct {
			EventID   string `json:"event_id"`
			SeatsLeft int    `json:"seats_left"`
		}
		if json.Unmarshal([]byte(data), &seats) != nil {
			continue // who waits for it says what the last was
		}
		w.mu.Lock()
		w.left[seats.EventID] = seats.SeatsLeft
		w.mu.Unlock()
	}
}

func (s *scenario) pageHears(ctx context.Context, event string, seats int) error {
	if s.watch == nil {
		return fmt.Errorf("no page is open")
	}
	id, err := s.event(event)
	if err != nil {
		return err
	}
	return eventually(ctx, func(context.Context) error {
		s.watch.mu.Lock()
		defer s.watch.mu.Unlock()
		if left, told := s.watch.left[id]; !told || left != seats {
			return fmt.Errorf("the page should hear of %d seats of %s; it was told of %v", seats, event, s.watch.left)
		}
		return nil
	})
}

func (s *scenario) pageIsClosed(context.Context) error {
	if s.watch == nil {
		return fmt.Errorf("no page is open")
	}
	s.watch.stop()
	s.watch = nil
	return nil
}

// stop closes the stream and waits until it has ended.
func (w *watch) stop() {
	if w == nil {
		return
	}
	w.close()
	<-w.ended
}
