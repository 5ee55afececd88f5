package operator

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// checkTime is how long a service may take to say how it is. Its own checks have a second.
const checkTime = 2 * time.Second

// The states of a service, and of the platform.
const (
	statusOK      = "ok"      // it works, and so does everything it depends on
	statusFailing = "failing" // something does not
	statusDown    = "down"    // it does not answer
)

// PlatformHealth is how all services are.
type PlatformHealth struct {
	Status   string          `json:"status" enum:"ok,failing" doc:"ok while every service is"`
	Services []ServiceHealth `json:"services" nullable:"false" doc:"In alphabetical order"`
}

// ServiceHealth is how one service is.
type ServiceHealth struct {
	Name         string       `json:"name" example:"booking"`
	Status       string       `json:"status" enum:"ok,failing,down" doc:"failing: a dependency does not work; down: it does not answer"`
	LatencyMS    float64      `json:"latency_ms" doc:"Until it answered, or was given up"`
	Version      string       `json:"version,omitempty" doc:"Absent while it is down"`
	Error        string       `json:"error,omitempty" doc:"Why it is down"`
	Dependencies []Dependency `json:"dependencies,omitempty" nullable:"false"`
}

// Dependency is something a service needs, such as its store, the broker, or another service.
type Dependency struct {
	Name      string         `json:"name" example:"booking.store"`
	Status    string         `json:"status" enum:"ok,failing"`
	LatencyMS float64        `json:"latency_ms"`
	Error     string         `json:"error,omitempty"`
	Detail    map[string]any `json:"detail,omitempty" doc:"For people, such as the state of a connection pool"`
}

type health struct {
	services map[string]Peer
}

type healthOutput struct {
	Body PlatformHealth
}

// get asks all services at the same time, so that it takes no longer than the slowest may.
func (h *health) get(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		all    = []ServiceHealth{}
	)
	for name, peer := range h.services {
		asking.Go(func() {
			found := ask(ctx, name, peer)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, found)
		})
	}
	asking.Wait()
	slices.SortFunc(all, func(a, b ServiceHealth) int { return cmp.Compare(a.Name, b.Name) })
	status := statusOK
	if slices.ContainsFunc(all, func(s ServiceHealth) bool { return s.Status != statusOK }) {
		status = statusFailing
	}
	return &healthOutput{Body: PlatformHealth{Status: status, Services: all}}, nil
}

func ask(ctx context.Context, name string, peer Peer) ServiceHealth {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	start := time.Now()
	found, err := fetch(ctx, name, peer)
	if err != nil {
		found = ServiceHealth{Status: statusDown, Error: reason(err)}
	}
	found.Name, found.LatencyMS = name, float64(time.Since(start).Microseconds())/1000
	return found
}

var errNoHealth = errors.New("what answers at its admin port is not its health")

// fetch returns what the service says. It answers 503 where something does not work, with the same body.
func fetch(ctx context.Context, name string, peer Peer) (found ServiceHealth, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, peer.URL+"/healthz/"+name, http.NoBody)
	if err != nil {
		return found, fmt.Errorf("ask %s for its health: %w", name, err)
	}
	answer, err := peer.Client.Do(r)
	if err != nil {
		return found, fmt.Errorf("ask %s for its health: %w", name, err)
	}
	defer answer.Body.Close()
	err = json.NewDecoder(io.LimitReader(answer.Body, maxHealth)).Decode(&found)
	if err != nil || (found.Status != statusOK && found.Status != statusFailing) {
		return found, errNoHealth
	}
	return found, nil
}

// maxHealth is how much of a service's answer is read, in bytes.
const maxHealth = 1 << 20

// reason says why there was no answer, without the addresses that errors of the network name.
func reason(err error) string {
	switch {
	case errors.Is(err, errNoHealth):
		return errNoHealth.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("it did not answer within %s", checkTime)
	default:
		return "it cannot be reached"
	}
}
