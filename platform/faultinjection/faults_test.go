package faultinjection_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/faultinjection"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

const (
	deadline = 10 * time.Second
	tick     = 5 * time.Millisecond
)

// world is a process with fault flags that hosts the booking and the event service.
type world struct {
	t              *testing.T
	file           string
	booking, event *faultinjection.Service
	registry       *prometheus.Registry
	logs           *telemetrytest.Output
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, file: filepath.Join(t.TempDir(), "flags.json"), registry: prometheus.NewRegistry(), logs: &telemetrytest.Output{}}
	w.write(`{"flags":{}}`)
	faults, err := faultinjection.Open(t.Context(), w.file)
	require.NoError(t, err)
	w.booking, w.event = w.service(faults, "booking"), w.service(faults, "event")
	require.NoError(t, faults.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, faults.Stop(context.Background()))
		require.NoError(t, faults.Stop(context.Background()), "again")
	})
	return w
}

func (w *world) service(faults *faultinjection.Faults, name string) *faultinjection.Service {
	tell, err := telemetry.New(telemetry.Options{Service: name, Registry: w.registry, Logs: w.logs})
	require.NoError(w.t, err)
	s := faults.Service(name)
	s.Begin(w.t.Context(), tell)
	return s
}

func (w *world) write(document string) {
	require.NoError(w.t, os.WriteFile(w.file+".new", []byte(document), 0o600))
	require.NoError(w.t, os.Rename(w.file+".new", w.file))
}

// flag switches a fault on in the booking service alone.
func (w *world) flag(fault string, value any) {
	on, err := json.Marshal(value)
	require.NoError(w.t, err)
	off, err := json.Marshal(reflect.Zero(reflect.TypeOf(value)).Interface())
	require.NoError(w.t, err)
	w.write(`{"$schema":"https://flagd.dev/schema/v0/flags.json","flags":{"` + fault + `":{"state":"ENABLED","defaultVariant":"off",` +
		`"variants":{"off":` + string(off) + `,"on":` + string(on) + `},"targeting":{"if":[{"==":[{"var":"service"},"booking"]},"on"]}}}}`)
}

// shows reports whether the metric says that the fault is on in the booking service.
func (w *world) shows(fault string, on int) bool {
	want := `# HELP myevents_injected_faults 1 while a fault flag makes the service fail on purpose.
# TYPE myevents_injected_faults gauge
`
	for _, service := range []string{"booking", "event"} {
		for _, f := range []string{
			"clock-skew", "http-errors", "memory-leak", "message-latency", "poison-message", "relay-stuck", "store-errors", "store-latency",
		} {
			value := "0"
			if service == "booking" && f == fault && on == 1 {
				value = "1"
			}
			want += `myevents_injected_faults{fault="` + f + `",service="` + service + `"} ` + value + "\n"
		}
	}
	return testutil.GatherAndCompare(w.registry, strings.NewReader(want), "myevents_injected_faults") == nil
}

// during switches the fault on in the booking service, calls check, and switches it off; every fault ends.
func (w *world) during(fault string, value any, check, after func()) {
	w.t.Helper()
	w.flag(fault, value)
	require.Eventually(w.t, func() bool { return w.shows(fault, 1) }, deadline, tick, "begins")
	check()
	w.write(`{"flags":{}}`)
	require.Eventually(w.t, func() bool { return w.shows(fault, 0) }, deadline, tick, "ends")
	after()
	require.Equal(w.t, 2, w.logs.With(`"event.action":"fault.switched"`, `"fault.name":"`+fault+`"`, `"service.name":"booking"`))
}

func answer(s *faultinjection.Service) int {
	w := httptest.NewRecorder()
	s.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })).
		ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/bookings", http.NoBody))
	return w.Code
}

func TestRequestsAreAnsweredWithErrors(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.during(faultinjection.HTTPErrors, 1, func() {
		require.Equal(t, http.StatusInternalServerError, answer(w.booking))
		require.Equal(t, http.StatusCreated, answer(w.event), "another service is sound")
		require.Equal(t, 1, w.logs.With(`"event.action":"http.failed"`, "injected fault http-errors"))
	}, func() { require.Equal(t, http.StatusCreated, answer(w.booking)) })
}

func TestTheStoreFails(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.during(faultinjection.StoreErrors, 1, func() {
		require.ErrorContains(t, w.booking.Store(t.Context()), "injected fault store-errors")
		require.NoError(t, w.event.Store(t.Context()))
	}, func() { require.NoError(t, w.booking.Store(t.Context())) })
}

func TestTheStoreIsSlow(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.during(faultinjection.StoreLatency, 3600, func() {
		ctx, cancel := context.WithTimeout(t.Context(), tick)
		defer cancel()
		require.ErrorIs(t, w.booking.Store(ctx), context.DeadlineExceeded)
	}, func() { require.NoError(t, w.booking.Store(t.Context())) })
}

func TestMessagesOfATypeArePoison(t *testing.T) {
	t.Parallel()
	w := start(t)
	handle := w.booking.Messages(func(_ context.Context, batch []cloudevent.Event) []error { return make([]error, len(batch)) })
	batch := []cloudevent.Event{{Type: "event.created"}, {Type: "event.changed"}, {Type: "event.created"}}
	w.during(faultinjection.PoisonMessage, "event.changed", func() {
		errs := handle(t.Context(), batch)
		require.NoError(t, errs[0])
		require.ErrorContains(t, errs[1], "injected fault poison-message")
		require.NoError(t, errs[2])
	}, func() { require.Equal(t, make([]error, 3), handle(t.Context(), batch)) })
}

func TestMessagesWait(t *testing.T) {
	t.Parallel()
	w := start(t)
	handled := 0
	handle := func(s *faultinjection.Service) (ended error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s.Messages(func(ctx context.Context, _ []cloudevent.Event) []error { handled++; ended = ctx.Err(); return nil })(ctx, nil)
		return ended
	}
	w.during(faultinjection.MessageLatency, 3600, func() {
		require.ErrorIs(t, handle(w.booking), context.DeadlineExceeded)
		require.NoError(t, handle(w.event))
	}, func() { require.NoError(t, handle(w.booking)) })
	require.Equal(t, 3, handled, "all the same")
}

// sink is a publisher that takes everything.
type sink struct{ message.Publisher }

func (sink) Publish(string, ...*message.Message) error { return nil }

func TestNothingGetsOutOfTheOutbox(t *testing.T) {
	t.Parallel()
	w := start(t)
	publisher := w.booking.Publisher(sink{})
	w.during(faultinjection.RelayStuck, true, func() {
		require.ErrorContains(t, publisher.Publish("booking"), "injected fault relay-stuck")
	}, func() { require.NoError(t, publisher.Publish("booking")) })
}

func TestTheClockIsAhead(t *testing.T) {
	t.Parallel()
	w := start(t)
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := w.booking.Clock(func() time.Time { return noon })
	w.during(faultinjection.ClockSkew, 90, func() { require.Equal(t, noon.Add(90*time.Second), clock()) },
		func() { require.Equal(t, noon, clock()) })
}

func TestMemoryLeaksUntilTheFaultEnds(t *testing.T) {
	t.Parallel()
	w := start(t)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	w.during(faultinjection.MemoryLeak, 200<<20, func() {
		require.Eventually(t, func() bool { return heap() > before+50<<20 }, deadline, tick)
	}, func() { require.Eventually(t, func() bool { return heap() < before+50<<20 }, deadline, tick) })
}

func TestWhatIsNoFlagIsRefused(t *testing.T) {
	t.Parallel()
	stuck := func(targeting string) string {
		return `{"flags":{"relay-stuck":{"state":"ENABLED","defaultVariant":"a","variants":{"a":true},"targeting":` + targeting + `}}}`
	}
	flag := func(key, rest string) string { return `{"flags":{"` + key + `":{"state":"ENABLED",` + rest + `}}}` }
	for name, c := range map[string]struct{ document, says string }{
		"no JSON":                 {`{`, "unexpected EOF"},
		"a misspelled field":      {`{"flagz":{}}`, "unknown field"},
		"an unknown fault":        {flag("store-latenzy", `"defaultVariant":"a","variants":{"a":1}`), "there is no such fault"},
		"a value of another type": {flag("store-latency", `"defaultVariant":"a","variants":{"a":"slow"}`), "must be a float64"},
		"an unknown default":      {flag("store-latency", `"defaultVariant":"b","variants":{"a":1}`), "none of the variants"},
		"an unknown variant":      {stuck(`{"if":[{"==":[1,1]},"b"]}`), "none of"},
		"an unknown operator":     {stuck(`{"if":[{"<":[1,2]},"a"]}`), "neither =="},
		"a rule without if":       {stuck(`{"fractional":[]}`), "is no rule"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "flags.json")
			require.NoError(t, os.WriteFile(file, []byte(c.document), 0o600))
			_, err := faultinjection.Open(t.Context(), file)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := faultinjection.Open(t.Context(), filepath.Join(t.TempDir(), "missing.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestAFileThatBreaksChangesNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.flag(faultinjection.StoreErrors, 1)
	require.Eventually(t, func() bool { return w.shows(faultinjection.StoreErrors, 1) }, deadline, tick)
	w.write(`{"flags":`)
	said := func() bool { return w.logs.With(`"event.action":"fault.flags"`, `"service.name":"booking"`) > 0 }
	require.Eventually(t, said, deadline, tick)
	require.Error(t, w.booking.Store(t.Context()))
}

func TestTargetingChoosesAmongServices(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.write(`{"flags":{"store-errors":{"state":"ENABLED","defaultVariant":"off","variants":{"off":0,"on":1},"targeting":
		{"if":[{"in":[{"var":"service"},["search","event"]]},"on",{"==":[{"var":"service"},"booking"]},"off","on"]}}}}`)
	require.Eventually(t, func() bool { return w.event.Store(t.Context()) != nil }, deadline, tick)
	require.NoError(t, w.booking.Store(t.Context()))
	w.write(`{"flags":{"store-errors":{"state":"DISABLED","defaultVariant":"on","variants":{"off":0,"on":1}}}}`)
	require.Eventually(t, func() bool { return w.event.Store(t.Context()) == nil }, deadline, tick)
}
