package deadletter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/deadletter/deadlettertest"
	lettersqlite "github.com/myevents/myevents/platform/deadletter/sqlite"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/sqlite"
)

func newStore(t *testing.T) deadletter.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "billing.db"), Service: "billing", Schema: lettersqlite.Schema,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return lettersqlite.New(db)
}

func TestStoreKeepsLetters(t *testing.T) {
	t.Parallel()
	deadlettertest.Run(t, newStore(t))
}

// desk is an operator's desk: a queue with its surroundings.
type desk struct {
	store  deadletter.Store
	queue  *deadletter.Queue
	broken bool     // the service's handler fails
	audit  []string // lines written so far
}

func newDesk(t *testing.T, ids ...string) *desk {
	t.Helper()
	d := &desk{store: newStore(t)}
	for _, id := range ids {
		require.NoError(t, d.store.Park(t.Context(), deadlettertest.Letter(id)))
	}
	d.queue = deadletter.NewQueue(deadletter.QueueOptions{
		Store: d.store,
		Process: func(_ context.Context, topic string, payload []byte) error {
			if topic != "booking" || string(payload) != `{"seats":2}` || d.broken {
				return errors.New("secret table name is missing")
			}
			return nil
		},
		Audit: func(_ context.Context, e audit.Entry) {
			d.audit = append(d.audit, e.User+" "+e.Action+" "+e.Object.ID+" "+e.Reason)
		},
		Clock: func() time.Time { return time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	return d
}

func TestRequeueThatSucceedsRemovesTheLetter(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "billing.1")
	require.NoError(t, d.queue.Requeue(t.Context(), "billing.1"))
	_, err := d.queue.Get(t.Context(), "billing.1")
	require.Equal(t, fault.NotFound, fault.KindOf(err))
	require.Equal(t, []string{"admin dead_letter.requeue billing.1 "}, d.audit)
}

func TestRequeueThatFailsAddsToTheHistory(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "billing.1")
	d.broken = true
	err := d.queue.Requeue(t.Context(), "billing.1")
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.Equal(t, "requeue-failed", fault.CodeOf(err))
	got, err := d.queue.Get(t.Context(), "billing.1")
	require.NoError(t, err)
	require.Len(t, got.Failures, 2)
	require.Equal(t, deadletter.Failure{
		Time: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), Error: "secret table name is missing",
	}, got.Failures[1])
	require.Equal(t, []string{"admin dead_letter.requeue billing.1 requeue-failed"}, d.audit)
}

func TestDropRemovesTheLetter(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "billing.1")
	require.NoError(t, d.queue.Drop(t.Context(), "billing.1"))
	require.Equal(t, fault.NotFound, fault.KindOf(d.queue.Drop(t.Context(), "billing.1")))
	require.Equal(t, []string{"admin dead_letter.drop billing.1 ", "admin dead_letter.drop billing.1 dead-letter-not-found"}, d.audit)
}

// doors are the two ways to a queue over HTTP; both must tell the same.
func doors(d *desk) map[string]struct {
	handler http.Handler
	prefix  string
} {
	operator := auth.Rule{Roles: []string{auth.RoleOperator}}
	api := httpserver.NewAPI(httpserver.APIOptions{Title: "test", Version: "1", Access: auth.Table{
		"list-dead-letters": operator, "get-dead-letter": operator, "requeue-dead-letter": operator, "drop-dead-letter": operator,
	}})
	deadletter.Register(api, d.queue)
	signedIn := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := auth.Principal{UserID: "u", Roles: []string{auth.RoleOperator}}
		api.Handler().ServeHTTP(w, r.WithContext(auth.WithPrincipal(r.Context(), p)))
	})
	type door = struct {
		handler http.Handler
		prefix  string
	}
	return map[string]door{
		"API":        {signedIn, "/api/v1/operator/dead-letters"},
		"admin port": {deadletter.AdminHandler(d.queue), "/admin/billing/dead-letters"},
	}
}

func call(h http.Handler, method, path string) (status int, body string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	answer, _ := io.ReadAll(w.Body) // a recorder does not fail
	return w.Code, string(answer)
}

func TestQueueOverHTTP(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"API", "admin port"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, "billing.1", "billing.2")
			door := doors(d)[name]

			status, body := call(door.handler, "GET", door.prefix+"/billing.1")
			require.Equal(t, http.StatusOK, status, body)
			require.JSONEq(t, `{"id":"billing.1","service":"billing","topic":"booking","type":"booking.confirmed","subject":"event-1",
				"payload":{"seats":2},"failures":[{"time":"2030-01-02T03:04:05.000006Z","error":"out of paper"}],
				"parked_at":"2030-01-02T03:04:05.000006Z"}`, body)

			d.broken = true
			status, body = call(door.handler, "POST", door.prefix+"/billing.1/requeue")
			require.Equal(t, http.StatusConflict, status)
			require.Contains(t, body, `"code":"requeue-failed"`)
			require.NotContains(t, body, "secret")
			d.broken = false
			status, _ = call(door.handler, "POST", door.prefix+"/billing.1/requeue")
			require.Equal(t, http.StatusNoContent, status)
			status, _ = call(door.handler, "POST", door.prefix+"/billing.2/drop")
			require.Equal(t, http.StatusNoContent, status)

			for _, gone := range []string{"GET /billing.1", "POST /billing.1/requeue", "POST /billing.2/drop"} {
				method, path, _ := strings.Cut(gone, " ")
				status, body = call(door.handler, method, door.prefix+path)
				require.Equal(t, http.StatusNotFound, status, gone)
				require.Contains(t, body, `"code":"dead-letter-not-found"`, gone)
			}
			status, body = call(door.handler, "GET", door.prefix)
			require.Equal(t, http.StatusOK, status)
			require.JSONEq(t, `{"items":[]}`, body)
		})
	}
}

func TestListGoesFromPageToPage(t *testing.T) {
	t.Parallel()
	var ids []string
	for i := range 250 {
		ids = append(ids, fmt.Sprintf("billing.%03d", i))
	}
	d := newDesk(t, ids...)
	for name, door := range doors(d) {
		var seen []string
		cursor := ""
		for pages := 0; pages == 0 || cursor != ""; pages++ {
			require.Less(t, pages, 20, "the list does not end")
			status, body := call(door.handler, "GET", door.prefix+"?cursor="+cursor)
			require.Equal(t, http.StatusOK, status, body)
			var page struct {
				Items      []deadletter.Letter `json:"items"`
				NextCursor string              `json:"next_cursor"`
			}
			require.NoError(t, json.Unmarshal([]byte(body), &page))
			for _, l := range page.Items {
				seen = append(seen, l.ID)
			}
			cursor = page.NextCursor
		}
		require.Equal(t, ids, seen, name)
		status, body := call(door.handler, "GET", door.prefix+"?cursor=!")
		require.Equal(t, http.StatusBadRequest, status, name)
		require.Contains(t, body, `"field":"cursor"`, name)
	}
}

func TestPayloadThatIsNoJSONIsShownAsText(t *testing.T) {
	t.Parallel()
	for payload, shown := range map[string]string{`{"a":1}`: `{"a":1}`, "seats=2": `"seats=2"`, "": `""`, "\xff": `"\ufffd"`} {
		document, err := json.Marshal(deadletter.Letter{Payload: deadletter.Payload(payload)})
		require.NoError(t, err)
		require.Contains(t, string(document), `"payload":`+shown+`,`)
	}
}
