package allinone_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	_ "modernc.org/sqlite" // for the breakdown

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

// The tour's secrets. Nothing of them may be told.
const (
	tourOperator = "root.canary@example.org"
	tourCustomer = "ada.canary@example.org"
	tourNobody   = "nobody.canary@example.org"
	tourPassword = "a canary password"
	tourName     = "Canary-Lovelace"
	tourKey      = "a-canary-idempotency-key"
	tourAdmin    = "a-canary-admin-token"
	tourPepper   = "a-canary-pepper"
)

// tour is a platform on which everything happens that the documentation of its telemetry names, and all it told.
type tour struct {
	t        *testing.T
	data     string // its directory
	app      *allinone.App
	lines    telemetrytest.Output
	logs     *telemetry.LogWriter // in front of lines
	spans    *tracetest.SpanRecorder
	faults   faults
	broker   *moody
	refusals strings.Builder // the bodies of the answers that were none
	tokens   []string
}

// startTour starts the platform; the tour is over with the test.
func startTour(t *testing.T) *tour {
	t.Helper()
	r := &tour{t: t, data: t.TempDir(), spans: tracetest.NewSpanRecorder(), broker: &moody{}}
	r.logs = telemetry.NewLogWriter(&r.lines, time.Second)
	certFile, keyFile := certificate(t)
	c := configure(t, "--demo", "--data", r.data, "--bootstrap-operator", tourOperator, "--admin-token", tourAdmin,
		"--pepper", tourPepper, "--audit-interval", "20ms", "--rate-limit", "0",
		"--tls-listen", "127.0.0.1:0", "--tls-cert", certFile, "--tls-key", keyFile)
	var err error
	r.app, err = allinone.New(c, allinone.Options{
		Logs: r.logs, SpanProcessors: []sdktrace.SpanProcessor{r.spans}, ConsumerMiddleware: r.faults.middleware, Broker: r.broker.wrap,
	})
	require.NoError(t, err)
	require.NoError(t, r.app.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, errors.Join(r.app.Stop(context.Background()), r.logs.Close())) })
	return r
}

// do sends a request and returns the status and the document of the answer.
func (r *tour) do(method, path, token, body string, headers ...string) (int, map[string]any) {
	r.t.Helper()
	url := r.app.GatewayURL() + path
	if strings.HasPrefix(path, "/admin/") {
		url = r.app.AdminURL() + path
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, url, strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	if res.StatusCode >= http.StatusBadRequest {
		r.refusals.Write(answer)
	}
	var document map[string]any
	_ = json.Unmarshal(answer, &document)
	return res.StatusCode, document
}

func (r *tour) must(status int, method, path, token, body string, headers ...string) map[string]any {
	r.t.Helper()
	got, document := r.do(method, path, token, body, headers...)
	require.Equal(r.t, status, got, "%s %s: %v", method, path, document)
	return document
}

func (r *tour) signUp(email string) string {
	return r.must(http.StatusCreated, "POST", "/api/v1/users", "",
		fmt.Sprintf(`{"email":%q,"password":%q,"first_name":"Ada","last_name":%q}`, email, tourPassword, tourName))["id"].(string)
}

func (r *tour) signIn(email, password string) string {
	token := r.must(http.StatusCreated, "POST", "/api/v1/sessions", "",
		fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))["token"].(string)
	r.tokens = append(r.tokens, token)
	return token
}

// settle waits until no message is under way.
func (r *tour) settle() {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.app.Idle(r.t.Context()) }, 30*time.Second, 5*time.Millisecond)
}

// take goes everywhere, and returns when no message is under way any more.
func (r *tour) take() {
	r.t.Helper()
	operator := r.people()
	organizer := r.signIn(allinone.DemoOrganizer, allinone.DemoPassword)
	event := r.events(organizer)
	r.bookings(event)
	r.search()
	r.letters(operator, event)
	r.readModels()
	r.troubles(operator)
	r.settle()
	r.breakdown(event)
}

func (r *tour) people() (operator string) {
	root := r.signUp(tourOperator)
	ada := r.signUp(tourCustomer)
	r.must(http.StatusConflict, "POST", "/api/v1/users", "",
		fmt.Sprintf(`{"email":%q,"password":%q,"first_name":"Ada","last_name":%q}`, tourCustomer, tourPassword, tourName))
	r.must(http.StatusBadRequest, "POST", "/api/v1/users", "", fmt.Sprintf(`{"email":"x %s","password":"short"}`, tourNobody))
	for _, email := range []string{tourCustomer, tourNobody} {
		r.must(http.StatusUnauthorized, "POST", "/api/v1/sessions", "", fmt.Sprintf(`{"email":%q,"password":"not %s"}`, email, tourPassword))
	}
	operator = r.signIn(tourOperator, tourPassword)
	token := r.signIn(tourCustomer, tourPassword)
	r.must(http.StatusOK, "GET", "/api/v1/users/me", token, "")
	r.must(http.StatusForbidden, "PUT", "/api/v1/users/"+ada+"/roles", token, `{"roles":["operator"]}`)
	r.must(http.StatusNotFound, "PUT", "/api/v1/users/"+tourCustomer+"/roles", operator, `{"roles":["organizer"]}`)
	r.must(http.StatusOK, "PUT", "/api/v1/users/"+ada+"/roles", operator, `{"roles":["organizer"]}`)
	token = r.must(http.StatusOK, "PUT", "/api/v1/sessions/current", token, "")["token"].(string)
	change := `{"current_password":"%s","new_password":"%s"}`
	r.must(http.StatusBadRequest, "PUT", "/api/v1/users/me/password", token, fmt.Sprintf(change, "not "+tourPassword, tourPassword))
	r.must(http.StatusNoContent, "PUT", "/api/v1/users/me/password", token, fmt.Sprintf(change, tourPassword, tourPassword))
	r.must(http.StatusUnauthorized, "GET", "/api/v1/users/me", token, "")
	r.must(http.StatusUnauthorized, "GET", "/api/v1/users/me", token[:len(token)-9]+"forged123", "")
	token = r.signIn(tourCustomer, tourPassword)
	r.must(http.StatusNoContent, "DELETE", "/api/v1/sessions/current", token, "")
	// The second operator takes the role away from the first, which gets it back at the next start.
	second := r.signIn(allinone.DemoOperator, allinone.DemoPassword)
	r.must(http.StatusOK, "PUT", "/api/v1/users/"+root+"/roles", second, `{"roles":[]}`)
	return second
}

func (r *tour) events(organizer string) (event string) {
	const location = `{"name":"Barn","address":"Lane 1","country":"DE","halls":[{"name":"Floor","capacity":10}]}`
	place := r.must(http.StatusCreated, "POST", "/api/v1/locations", organizer, location)["id"].(string)
	r.must(http.StatusOK, "PATCH", "/api/v1/locations/"+place, organizer, `{"name":"Old Barn"}`)
	r.must(http.StatusOK, "GET", "/api/v1/locations", "", "")
	r.must(http.StatusOK, "GET", "/api/v1/locations/"+place, "", "")
	starts := time.Now().Add(48 * time.Hour).UTC()
	create := func() string {
		return r.must(http.StatusCreated, "POST", "/api/v1/events", organizer, fmt.Sprintf(
			`{"name":"Tour Night","starts_at":%q,"ends_at":%q,"location_id":%q,"hall":"Floor","price":{"amount":100,"currency":"EUR"}}`,
			starts.Format(time.RFC3339), starts.Add(time.Hour).Format(time.RFC3339), place))["id"].(string)
	}
	event = create()
	starts = starts.Add(24 * time.Hour)
	cancelled := create()
	r.faults.add("booking", "event.changed", errors.New("not now"))
	r.must(http.StatusOK, "PATCH", "/api/v1/events/"+event, organizer, `{"name":"Tour Nights"}`)
	r.must(http.StatusOK, "POST", "/api/v1/events/"+cancelled+"/cancel", organizer, "")
	r.must(http.StatusNotFound, "POST", "/api/v1/events/"+tourNobody+"/cancel", organizer, "")
	for range 2 {
		r.must(http.StatusOK, "GET", "/api/v1/events", "", "")
	}
	r.must(http.StatusOK, "GET", "/api/v1/events/"+event, "", "")
	r.must(http.StatusNotFound, "GET", "/no/such/"+tourNobody, "", "")
	r.settle()
	return event
}

func (r *tour) bookings(event string) {
	customer := r.signIn(allinone.DemoCustomer, allinone.DemoPassword)
	path := "/api/v1/events/" + event + "/bookings"
	book := func(status int, seats int) map[string]any {
		key := fmt.Sprintf("%s-%d", tourKey, seats)
		return r.must(status, "POST", path, customer, fmt.Sprintf(`{"seats":%d}`, seats), "Idempotency-Key", key)
	}
	id := book(http.StatusCreated, 2)["id"].(string)
	book(http.StatusConflict, 9)
	r.must(http.StatusBadRequest, "POST", path, customer, `{"seats":1}`)
	r.must(http.StatusUnauthorized, "POST", path, "", `{"seats":1}`, "Idempotency-Key", tourKey)
	r.must(http.StatusOK, "GET", "/api/v1/bookings", customer, "")
	r.must(http.StatusOK, "GET", "/api/v1/bookings/"+id, customer, "")
	r.settle()
	r.must(http.StatusOK, "GET", "/api/v1/search/bookings?q=tour", customer, "")
	r.must(http.StatusOK, "DELETE", "/api/v1/bookings/"+id, customer, "")
	r.must(http.StatusNotFound, "DELETE", "/api/v1/bookings/"+tourNobody, customer, "")
	r.settle()
}

func (r *tour) search() {
	r.must(http.StatusOK, "GET", "/api/v1/search?q="+tourNobody, "", "")
	r.must(http.StatusBadRequest, "GET", "/api/v1/search?q="+tourNobody+"&limit=many", "", "")
}

// letters makes three dead letters; one is processed in the end, one fails again and the other is dropped.
func (r *tour) letters(operator, event string) {
	customer := r.signIn(allinone.DemoCustomer, allinone.DemoPassword)
	never := fault.InvalidField("data", "must be something else")
	r.faults.add("search", "booking.confirmed", never, never, never)
	for i := range 2 {
		r.must(http.StatusCreated, "POST", "/api/v1/events/"+event+"/bookings", customer, `{"seats":1}`,
			"Idempotency-Key", fmt.Sprintf("%s-%d", tourKey, 100+i))
		r.settle()
	}
	page := r.must(http.StatusOK, "GET", "/api/v1/operator/dead-letters", operator, "")
	items := page["items"].([]any)
	require.Len(r.t, items, 2)
	letter := func(i int) string { return "/api/v1/operator/dead-letters/" + items[i].(map[string]any)["id"].(string) }
	r.must(http.StatusForbidden, "GET", letter(0), customer, "")
	r.must(http.StatusOK, "GET", letter(0), operator, "")
	r.must(http.StatusConflict, "POST", letter(0)+"/requeue", operator, "")
	r.must(http.StatusNoContent, "POST", letter(0)+"/requeue", operator, "")
	r.must(http.StatusNoContent, "POST", letter(1)+"/drop", operator, "")
	r.must(http.StatusNotFound, "POST", letter(1)+"/drop", operator, "")
}

func (r *tour) readModels() {
	for _, service := range []string{"booking", "search"} {
		r.must(http.StatusUnauthorized, "POST", "/admin/"+service+"/replay", "not "+tourAdmin, "")
		r.must(http.StatusNoContent, "DELETE", "/admin/"+service+"/copy", tourAdmin, "")
		r.must(http.StatusOK, "POST", "/admin/"+service+"/replay", tourAdmin, "")
	}
}

// troubles are such as pass by themselves.
func (r *tour) troubles(operator string) {
	stop := func(service string) { require.NoError(r.t, r.app.StopService(r.t.Context(), service)) }
	start := func(service string) { require.NoError(r.t, r.app.StartService(r.t.Context(), service)) }
	stop("event")
	r.must(http.StatusServiceUnavailable, "GET", "/api/v1/events/"+tourNobody, "", "")
	start("event")

	stop("identity")
	stop("search")
	start("search") // without keys
	start("identity")
	r.must(http.StatusOK, "GET", "/api/v1/users/me", operator, "")

	r.broker.refuse.Store(true)
	r.signUp("x" + tourNobody)
	r.settle()
	require.False(r.t, r.broker.refuse.Load())

	nonsense, err := cloudevent.New("tour-1", "/identity", contracts.SessionRevoked, "tour", time.Now(), map[string]string{})
	require.NoError(r.t, err)
	r.publish(contracts.TopicSession, nonsense)
	r.await("message.broadcast_failed")
}

// breakdown is one that does not pass: the booking service loses a table.
func (r *tour) breakdown(event string) {
	db, err := sql.Open("sqlite", filepath.Join(r.data, "booking.db"))
	require.NoError(r.t, err)
	_, err = db.ExecContext(r.t.Context(), "DROP TABLE bookings")
	require.NoError(r.t, errors.Join(err, db.Close()))
	customer := r.signIn(allinone.DemoCustomer, allinone.DemoPassword)
	r.must(http.StatusServiceUnavailable, "POST", "/api/v1/events/"+event+"/bookings", customer, `{"seats":1}`, "Idempotency-Key", tourKey)
	r.await("inventory.audit")
}

func (r *tour) publish(topic string, e cloudevent.Event) {
	r.t.Helper()
	document, err := e.Encode()
	require.NoError(r.t, err)
	m := message.NewMessage(e.ID, document)
	m.Metadata.Set(messaging.MetadataSubject, e.Subject)
	m.SetContext(r.t.Context())
	require.NoError(r.t, r.app.Broker().Publisher().Publish(topic, m))
}

// log returns all lines so far.
func (r *tour) log() string {
	r.t.Helper()
	require.NoError(r.t, r.logs.Flush())
	return r.lines.String()
}

// await waits for a line of the action.
func (r *tour) await(action string) {
	r.t.Helper()
	said := func() bool { return strings.Contains(r.log(), `"event.action":"`+action+`"`) }
	require.Eventually(r.t, said, 10*time.Second, 10*time.Millisecond, action)
}
