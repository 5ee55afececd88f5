package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
)

const (
	feedLimit = 500
	// maxPage bounds what Fetch reads of a page: a peer that answers with something else must not fill the memory.
	maxPage = feedLimit * (cloudevent.MaxSize + 1<<10)
)

// page is the body of the feed's answers.
type page struct {
	Items []item `json:"items"`
	Next  int64  `json:"next"` // the position to go on from; where Items is empty, the log ends here
}

type item struct {
	Seq   int64           `json:"seq"`
	Topic string          `json:"topic"`
	Event json.RawMessage `json:"event"`
}

// Feed serves the log to peers that rebuild what they know: GET ?after=POSITION&limit=N, with N from 1 to 500 (the default).
func Feed(log Log) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after, limit, err := feedQuery(r.URL.Query())
		if err != nil {
			httpserver.WriteProblem(w, r, err)
			return
		}
		entries, err := log.Read(r.Context(), after, limit)
		if err != nil {
			httpserver.WriteProblem(w, r, err)
			return
		}
		answer := page{Items: make([]item, len(entries)), Next: after}
		for i, e := range entries {
			answer.Items[i] = item{Seq: e.Seq, Topic: e.Topic, Event: e.Payload}
			answer.Next = e.Seq
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // fails only where the peer has gone
	})
}

func feedQuery(q url.Values) (after int64, limit int, err error) {
	limit = feedLimit
	if s := q.Get("after"); s != "" {
		if after, err = strconv.ParseInt(s, 10, 64); err != nil || after < 0 {
			return 0, 0, fault.InvalidField("after", "must be a position of the feed")
		}
	}
	if s := q.Get("limit"); s != "" {
		if limit, err = strconv.Atoi(s); err != nil || limit < 1 || limit > feedLimit {
			return 0, 0, fault.InvalidField("limit", fmt.Sprintf("must be from 1 to %d", feedLimit))
		}
	}
	return after, limit, nil
}

// Fetch reads a peer's feed at url from behind the position after to its end, page by page, and hands the entries to fn
// in order. It stops at fn's first error. A peer that does not answer is an Unavailable fault; the deadlines are ctx's
// and, a page, the client's.
func Fetch(ctx context.Context, client *http.Client, url string, after int64, fn func(Entry) error) error {
	for {
		p, err := fetchPage(ctx, client, url+"?after="+strconv.FormatInt(after, 10))
		if err != nil {
			return fault.Away("feed of the owning service", err)
		}
		if len(p.Items) == 0 {
			return nil
		}
		for _, i := range p.Items {
			e, err := cloudevent.Decode(i.Event)
			if err != nil {
				return fmt.Errorf("feed entry %d: %w", i.Seq, err)
			}
			entry := Entry{
				Seq: i.Seq, Topic: i.Topic, Payload: i.Event, Subject: e.Subject, Type: e.Type, ID: e.ID, Time: e.Time, Trace: e.Trace,
			}
			if err := fn(entry); err != nil {
				return err
			}
		}
		after = p.Next
	}
}

func fetchPage(ctx context.Context, client *http.Client, url string) (page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return page{}, fmt.Errorf("build request: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return page{}, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return page{}, fmt.Errorf("the feed answered with status %d", answer.StatusCode)
	}
	var p page
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxPage)).Decode(&p); err != nil {
		return page{}, fmt.Errorf("decode feed: %w", err)
	}
	return p, nil
}
