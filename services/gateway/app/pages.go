package app

import (
	"net/http"
	"time"

	"github.com/myevents/myevents/platform/pagecache"
	"github.com/myevents/myevents/services/gateway"
)

const (
	// pagesAge is how long the list of events is shown without asking the event service. It is short because of the seats
	// that are left, and because of changes that came through another gateway.
	pagesAge   = 250 * time.Millisecond
	pagesBytes = 16 << 20
)

func newPages() *pagecache.Cache {
	return pagecache.New(pagecache.Options{Path: gateway.EventList, Clock: time.Now, MaxAge: pagesAge, MaxBytes: pagesBytes})
}

// withPages answers the list of events from memory. Whoever changes an event through this gateway sees it at once.
func withPages(pages *pagecache.Cache, events http.Handler) http.Handler {
	list := pages.Handler(events)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			defer pages.Changed() // after the change
		}
		list.ServeHTTP(w, r)
	})
}
