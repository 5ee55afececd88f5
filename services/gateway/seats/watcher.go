package seats

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/myevents/myevents/platform/fault"
)

const (
	maxQuestion = 100             // events asked for at a time
	answerTime  = 3 * time.Second // that the event service has
)

// watched is an event that somebody watches.
type watched struct {
	known   bool
	last    Seats // where known
	streams map[*stream]bool
}

// stream is an open stream, as the watcher sees it: what it has to be told of, the newest of each event only. So a page that
// reads slowly keeps nobody waiting, and nothing piles up for it.
type stream struct {
	client netip.Addr
	ids    []string
	ending <-chan struct{}
	news   map[string]Seats // by the event's id
	ready  chan struct{}    // has an element where there is news
}

// join registers a stream of the client about the events, or says why there cannot be another one.
func (f *Feed) join(client netip.Addr, ids []string) (*stream, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.ending == nil:
		return nil, fault.New(fault.Unavailable, "unavailable", "Seats are not watched at the moment.")
	case f.clients[client] >= f.options.MaxPerClient:
		return nil, fault.New(fault.Unavailable, "too-many-requests", "You follow the seats of events on too many pages; close some.")
	case f.streams >= f.options.MaxStreams:
		return nil, fault.New(fault.Unavailable, "too-many-streams", "Too many people follow seats at the moment; ask from time to time instead.")
	}
	s := &stream{client: client, ids: ids, ending: f.ending, news: map[string]Seats{}, ready: make(chan struct{}, 1)}
	f.streams++
	f.clients[client]++
	f.open.Inc()
	f.underway.Add(1)
	for _, id := range ids {
		e := f.watched[id]
		if e == nil {
			e = &watched{streams: map[*stream]bool{}}
			f.watched[id] = e
		}
		e.streams[s] = true
		if e.known {
			s.push(e.last)
		}
	}
	return s, nil
}

// leave takes the stream out; an event that nobody watches any more is not asked for again.
func (f *Feed) leave(s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range s.ids {
		if e := f.watched[id]; e != nil {
			if delete(e.streams, s); len(e.streams) == 0 {
				delete(f.watched, id)
			}
		}
	}
	if f.clients[s.client]--; f.clients[s.client] == 0 {
		delete(f.clients, s.client)
	}
	f.streams--
	f.open.Dec()
	f.underway.Done()
}

// push is called with the feed locked.
func (s *stream) push(news Seats) {
	s.news[news.EventID] = news
	select {
	case s.ready <- struct{}{}:
	default: // it knows already
	}
}

// take returns the stream's news, which are told then.
func (f *Feed) take(s *stream) []Seats {
	f.mu.Lock()
	defer f.mu.Unlock()
	news := slices.SortedFunc(maps.Values(s.news), func(a, b Seats) int { return cmp.Compare(a.EventID, b.EventID) })
	clear(s.news)
	return news
}

// watch asks until ctx ends.
func (f *Feed) watch(ctx context.Context) {
	again := time.NewTicker(f.options.Every)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			f.askAll(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (f *Feed) askAll(ctx context.Context) {
	for ids := range slices.Chunk(f.ids(), maxQuestion) {
		answer, err := f.ask(ctx, ids)
		if err == nil {
			f.tell(ids, answer)
		} else if f.asked && ctx.Err() == nil {
			f.options.Failed(ctx, err)
		}
		f.asked = err == nil
	}
}

func (f *Feed) ask(ctx context.Context, ids []string) ([]Seats, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return f.options.Ask(ctx, ids)
}

// ids returns the events that are watched.
func (f *Feed) ids() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.watched))
}

// tell passes on what has changed. An event that there was none of when it was first asked for is forgotten: whoever invents
// ids must not make every question longer.
func (f *Feed) tell(ids []string, answer []Seats) {
	byID := make(map[string]Seats, len(answer))
	for _, s := range answer {
		byID[s.EventID] = s
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		e := f.watched[id]
		now, there := byID[id]
		switch {
		case e == nil: // nobody watches it any more
		case !there && !e.known:
			delete(f.watched, id)
		case there && (!e.known || now != e.last):
			e.known, e.last = true, now
			for s := range e.streams {
				s.push(now)
			}
		}
	}
}
