package drills

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// notice is an alert as somebody was notified of it.
type notice struct {
	at       time.Time
	receiver string
	labels   map[string]string
	firing   bool // false: resolved
}

func (n notice) alert() string { return n.labels["alertname"] }
func (n notice) page() bool    { return n.labels["severity"] == "page" }

// webhook is whom Alertmanager notifies. It keeps every notice.
type webhook struct {
	server  *httptest.Server
	mu      sync.Mutex
	notices []notice
}

func openWebhook() *webhook {
	w := &webhook{}
	w.server = httptest.NewServer(http.HandlerFunc(w.receive))
	return w
}

// receive takes what Alertmanager sends: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
func (w *webhook) receive(answer http.ResponseWriter, r *http.Request) {
	var group struct {
		Receiver string
		Alerts   []struct {
			Status string
			Labels map[string]string
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&group); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range group.Alerts {
		w.notices = append(w.notices, notice{time.Now(), group.Receiver, a.Labels, a.Status == "firing"})
	}
}

// find returns the first notice from a time on that is as wanted.
func (w *webhook) find(since time.Time, wanted func(notice) bool) (notice, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.notices {
		if !n.at.Before(since) && wanted(n) {
			return n, true
		}
	}
	return notice{}, false
}

// firing returns the notices of firing alerts from a time on.
func (w *webhook) firing(since time.Time) (all []notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.notices {
		if !n.at.Before(since) && n.firing {
			all = append(all, n)
		}
	}
	return all
}
