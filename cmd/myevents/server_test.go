package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

const operatorEmail = "operator@crash.example"

// buildBinary builds the command as it ships: without C, and without the race detector, which would slow the crash down.
func buildBinary(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "myevents")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", binary, ".")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// server is a running myevents process on a data directory that outlives it.
type server struct {
	process *exec.Cmd
	api     string                // base URL of the API
	output  *telemetrytest.Output // its standard error, where it says where it is
}

// greeting has the base URLs of the API and of the health page.
var greeting = regexp.MustCompile(`(?m)^  API +(\S+)$(?s:.*)^  health +(\S+)/healthz`)

// startServer returns when the platform is ready. It listens on ports that nobody else has: one that was free a moment ago
// may be that of another test's platform by now, which is ready too.
func startServer(t *testing.T, binary, data string) *server {
	t.Helper()
	s := &server{output: &telemetrytest.Output{}}
	s.process = exec.Command(binary,
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data", data, "--password-cost", "4", "--rate-limit", "0",
		"--bootstrap-operator", operatorEmail)
	s.process.Stderr = s.output
	s.process.Stdout = io.Discard
	require.NoError(t, s.process.Start())
	t.Cleanup(s.kill)
	require.Eventually(t, s.ready, 20*time.Second, 5*time.Millisecond, "not ready:\n%s", s.output)
	return s
}

func (s *server) ready() bool {
	found := greeting.FindStringSubmatch(s.output.String())
	if found == nil {
		return false
	}
	s.api = found[1]
	res, err := http.Get(found[2] + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// kill ends the process as a power cut would: no signal handler runs. Killing a dead one does nothing.
func (s *server) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// stop ends the process as an operator would, and fails the test where it does not end cleanly.
func (s *server) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, s.process.Process.Signal(os.Interrupt))
	require.NoError(t, s.process.Wait(), s.output.String())
}

// answer is what the API answered: status 0 where there was no answer.
type answer struct {
	status int
	body   map[string]any
}

// call sends a JSON request. An answer that did not arrive whole is no answer.
func (s *server) call(method, path, token, key string, body any) answer {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	encoded, err := json.Marshal(body)
	if err != nil {
		return answer{}
	}
	req, err := http.NewRequestWithContext(ctx, method, s.api+path, bytes.NewReader(encoded))
	if err != nil {
		return answer{}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if token == "" {
		req.Header.Del("Authorization")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode}
	if res.StatusCode == http.StatusNoContent {
		return a
	}
	if json.NewDecoder(res.Body).Decode(&a.body) != nil {
		return answer{}
	}
	return a
}

// must is call for the preparations: any other status than want fails the test.
func (s *server) must(t *testing.T, want int, method, path, token string, body any) map[string]any {
	t.Helper()
	a := s.call(method, path, token, "", body)
	require.Equal(t, want, a.status, "%s %s answered %v", method, path, a.body)
	return a.body
}

// signUp makes a user and returns the id and a token.
func (s *server) signUp(t *testing.T, email string) (id, token string) {
	t.Helper()
	const password = "correct horse battery"
	user := s.must(t, http.StatusCreated, http.MethodPost, "/users", "",
		map[string]string{"email": email, "password": password, "first_name": "Crash", "last_name": "Test"})
	session := s.must(t, http.StatusCreated, http.MethodPost, "/sessions", "", map[string]string{"email": email, "password": password})
	return user["id"].(string), session["token"].(string)
}

// organizer returns a token of the first operator, who is an organizer too.
func (s *server) organizer(t *testing.T) string {
	t.Helper()
	id, token := s.signUp(t, operatorEmail)
	s.must(t, http.StatusOK, http.MethodPut, "/users/"+id+"/roles", token, map[string]any{"roles": []string{"operator", "organizer"}})
	return s.must(t, http.StatusOK, http.MethodPut, "/sessions/current", token, nil)["token"].(string)
}

// createEvents lists events with so many seats each.
func (s *server) createEvents(t *testing.T, token string, n, seats int) []string {
	t.Helper()
	location := s.must(t, http.StatusCreated, http.MethodPost, "/locations", token, map[string]any{
		"name": "Crash Arena", "address": "1 Loopback Lane", "country": "DE", "halls": []map[string]any{{"name": "Main", "capacity": seats}},
	})
	starts := time.Now().Add(30 * 24 * time.Hour).UTC().Truncate(time.Second)
	events := make([]string, n)
	for i := range events {
		events[i] = s.must(t, http.StatusCreated, http.MethodPost, "/events", token, map[string]any{
			"name": fmt.Sprintf("Crash concert %d", i), "starts_at": starts, "ends_at": starts.Add(time.Hour),
			"location_id": location["id"], "hall": "Main", "capacity": seats, "price": map[string]any{"amount": 100, "currency": "EUR"},
		})["id"].(string)
	}
	return events
}

// items reads a whole list, page after page.
func (s *server) items(t *testing.T, path, token string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for cursor := ""; ; {
		page := s.must(t, http.StatusOK, http.MethodGet, path+"&cursor="+cursor, token, nil)
		for _, item := range page["items"].([]any) {
			all = append(all, item.(map[string]any))
		}
		next, more := page["next_cursor"].(string)
		if !more || next == "" {
			return all
		}
		cursor = next
	}
}
