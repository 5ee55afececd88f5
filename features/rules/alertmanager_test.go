package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/worlds"
)

const (
	patience = 30 * time.Second // on a busy machine
	pause    = 50 * time.Millisecond
)

// alertmanager is a real one, with the configuration that is deployed.
type alertmanager struct{ url string }

// startAlertmanager starts the binary that ALERTMANAGER names; `make test` sets it. It notifies at once, and the webhook.
func startAlertmanager(t *testing.T, webhook string) alertmanager {
	t.Helper()
	binary := os.Getenv("ALERTMANAGER")
	if binary == "" {
		t.Skip("ALERTMANAGER names no binary; `make test` does")
	}
	content, err := os.ReadFile(filepath.Join(observability, "alertmanager", "alertmanager.yml"))
	require.NoError(t, err)
	addresses, err := worlds.FreeAddresses(1)
	require.NoError(t, err)
	dir, address := t.TempDir(), addresses[0]
	urlFile, config := filepath.Join(dir, "webhook_url"), filepath.Join(dir, "alertmanager.yml")
	text := strings.ReplaceAll(string(content), "/etc/alertmanager/webhook_url", urlFile)
	text = strings.NewReplacer("group_wait: 30s", "group_wait: 0s", "group_wait: 2m", "group_wait: 0s").Replace(text)
	require.NoError(t, os.WriteFile(urlFile, []byte(webhook), 0o600))
	require.NoError(t, os.WriteFile(config, []byte(text), 0o600))

	var said bytes.Buffer
	ctx, stop := context.WithCancel(context.Background()) // t.Context ends before Cleanup
	process := exec.CommandContext(ctx, binary, "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+address,
		"--cluster.listen-address=")
	process.Stdout, process.Stderr = &said, &said
	require.NoError(t, process.Start())
	t.Cleanup(func() {
		stop()
		_ = process.Wait() // it was killed
		if t.Failed() {
			t.Log(said.String())
		}
	})
	m := alertmanager{"http://" + address}
	require.Eventually(t, func() bool { return m.call(t, http.MethodGet, "/-/ready", nil, nil) == nil }, patience, pause)
	return m
}

func (m alertmanager) call(t *testing.T, method, path string, body, answer any) error {
	t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, m.url+path, bytes.NewReader(encoded))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	require.Less(t, res.StatusCode, 500)
	if answer == nil {
		_, err = io.Copy(io.Discard, res.Body)
		return err
	}
	return json.NewDecoder(res.Body).Decode(answer)
}

// told is what Alertmanager makes of an alert.
type told struct {
	Labels    map[string]string
	Receivers []struct{ Name string }
	Status    struct{ InhibitedBy []string }
}

// tell makes alerts fire until a time.
func (m alertmanager) tell(t *testing.T, until time.Time, all ...map[string]string) {
	t.Helper()
	var body []map[string]any
	for _, labels := range all {
		body = append(body, map[string]any{"labels": labels, "startsAt": until.Add(-2 * time.Hour), "endsAt": until})
	}
	require.NoError(t, m.call(t, http.MethodPost, "/api/v2/alerts", body, nil))
}

// of returns what it makes of the alert. Who inhibits whom is known a moment after they are: it waits for that.
func (m alertmanager) of(t *testing.T, labels map[string]string, inhibited bool) (found told) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, one := range m.all(t) {
			if maps.Equal(one.Labels, labels) {
				found = one
				return len(one.Status.InhibitedBy) > 0 == inhibited
			}
		}
		return false
	}, patience, pause, "%s: inhibited is to be %t", labels, inhibited)
	return found
}

func (m alertmanager) all(t *testing.T) (all []told) {
	t.Helper()
	require.NoError(t, m.call(t, http.MethodGet, "/api/v2/alerts", nil, &all))
	return all
}

// one returns the labels of an alert; the service may be empty.
func one(name, severity, service string) map[string]string {
	labels := map[string]string{"alertname": name, "severity": severity, "service": service}
	maps.DeleteFunc(labels, func(_, value string) bool { return value == "" })
	return labels
}

func TestAlertsReachWhomTheyAreForUnlessTheyFollowFromOthers(t *testing.T) {
	t.Parallel()
	m := startAlertmanager(t, "http://127.0.0.1:9/")
	down := func(service string) map[string]string { return one("ServiceDown", "page", service) }
	away := one("BrokerDisconnected", "page", "booking")
	for _, c := range []struct {
		alert     map[string]string
		receiver  string
		while     map[string]string // another alert fires, too
		inhibited bool
	}{
		{alert: one("BookingAvailabilityBurn", "page", "booking"), receiver: "shop-pager"},
		{alert: one("BookingAvailabilityBurn", "ticket", "booking"), receiver: "shop-tickets"},
		{alert: down("gateway"), receiver: "platform-pager"},
		{alert: one("LogsNotShipped", "ticket", ""), receiver: "platform-tickets"},
		{alert: one("DeliveryBurn", "page", ""), receiver: "platform-pager"},
		{alert: one(watchdog, "none", ""), receiver: "watchdog"},
		{alert: one(hushing, "none", "event"), receiver: "nobody"},

		{one("BookingLatencyBurn", "ticket", "booking"), "shop-tickets", one("BookingLatencyBurn", "page", "booking"), true},
		{one("BookingLatencyBurn", "ticket", "booking"), "shop-tickets", one("BookingAvailabilityBurn", "page", "booking"), false},
		{one("DeliveryBurn", "ticket", ""), "platform-tickets", one("DeliveryBurn", "page", ""), true},
		{one("CertificateExpiry", "ticket", "gateway"), "platform-tickets", one("CertificateExpiry", "page", "gateway"), true},

		{one("BrowsingAvailabilityBurn", "page", "event"), "shop-pager", down("event"), true},
		{one("BrowsingLatencyBurn", "page", "event"), "shop-pager", down("booking"), false},
		{one("BookingAvailabilityBurn", "page", "booking"), "shop-pager", down("gateway"), true},
		{one("BookingAvailabilityBurn", "page", "booking"), "shop-pager", down("event"), false},
		{one("CopyFreshnessBurn", "page", "booking"), "shop-pager", down("event"), true},
		{one("DeliveryBurn", "page", ""), "platform-pager", down("search"), true},
		{one("CircuitOpen", "ticket", "event"), "shop-tickets", down("event"), true},
		{one("CircuitOpen", "ticket", "event"), "shop-tickets", down("booking"), false},
		{one("InventoryMismatch", "page", "booking"), "shop-pager", down("booking"), false},
		{one("BrowsingAvailabilityBurn", "page", "event"), "shop-pager", one(hushing, "none", "event"), true},
		{one("BookingLatencyBurn", "page", "booking"), "shop-pager", one(hushing, "none", "booking"), true},
		{one("DeliveryBurn", "page", ""), "platform-pager", one(hushing, "none", "search"), true},
		{one("CircuitOpen", "ticket", "event"), "shop-tickets", one(hushing, "none", "event"), true},
		{one("BrokerDisconnected", "page", "booking"), "shop-pager", down("booking"), true},

		{one("OutboxStuck", "page", "booking"), "shop-pager", away, true},
		{one("OutboxStuck", "page", "event"), "shop-pager", away, false},
		{one("ConsumerLag", "page", "booking"), "shop-pager", away, true},
		{one("CopyFreshnessBurn", "page", "booking"), "shop-pager", away, true},
		{one("DeliveryBurn", "page", ""), "platform-pager", one("OutboxStuck", "page", "event"), true},
		{one("BookingAvailabilityBurn", "page", "booking"), "shop-pager", away, false},
		{one("SpansDropped", "ticket", "search"), "shop-tickets", one("TracesNotExported", "ticket", "search"), true},
	} {
		all := []map[string]string{c.alert}
		if c.while != nil {
			all = append(all, c.while)
		}
		// Where nothing is to be inhibited, a ticket of the same kind tells when Alertmanager has understood the page.
		page := c.while != nil && !c.inhibited
		if page {
			all = append(all, one(c.while["alertname"], "ticket", c.while["service"]))
		}
		m.tell(t, time.Now().Add(time.Hour), all...)
		if page {
			m.of(t, all[2], true)
		}
		got := m.of(t, c.alert, c.inhibited)
		require.Len(t, got.Receivers, 1, c.alert)
		require.Equal(t, c.receiver, got.Receivers[0].Name, c.alert)
		m.tell(t, time.Now(), all...)
		require.Eventually(t, func() bool { return len(m.all(t)) == 0 }, patience, pause)
	}
}

func TestTheWebhookIsToldOfAlerts(t *testing.T) {
	t.Parallel()
	type message struct {
		Receiver, Status string
		Alerts           []struct{ Labels map[string]string }
	}
	received := make(chan message, 10)
	webhook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m message
		if json.NewDecoder(r.Body).Decode(&m) == nil {
			received <- m
		}
	}))
	t.Cleanup(webhook.Close)
	m := startAlertmanager(t, webhook.URL)
	page := one("InventoryMismatch", "page", "booking")
	m.tell(t, time.Now().Add(time.Hour), page)
	select {
	case got := <-received:
		require.Equal(t, "shop-pager", got.Receiver)
		require.Equal(t, "firing", got.Status)
		require.Len(t, got.Alerts, 1)
		require.Equal(t, page, got.Alerts[0].Labels)
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
}
