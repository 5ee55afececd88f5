package faults_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/containers/stack"
	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/features/worlds"
)

const (
	startWithin  = 4 * time.Minute
	stopWithin   = 2 * time.Minute
	settleWithin = time.Minute // everything that has to happen by itself, on a busy machine

	adminPort = "9100/tcp"
)

// services returns those that can be ready or not.
func services() []string { return []string{"booking", "event", "gateway", "identity", "search"} }

// platform is all of it, with ways in between that can be harmed.
type platform struct {
	*stack.Stack
	choice  stack.Choice
	ways    *ways
	shop    *shop
	metrics *doors.Scraped // of all services
}

// startPlatform starts it on the broker and the store that BROKER and STORE name, or on RabbitMQ and MongoDB.
func startPlatform(t *testing.T) *platform {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	p := &platform{ways: openWays(t), choice: stack.Choice{
		Broker: cmp.Or(os.Getenv("BROKER"), "rabbitmq"), Store: cmp.Or(os.Getenv("STORE"), "mongodb"), Search: "bleve",
	}}
	var err error
	p.Stack, err = stack.Start(ctx, p.choice, p.ways.lead)
	require.NoError(t, err)
	t.Cleanup(func() { p.stop(t) })
	var admins []string
	for _, service := range services() {
		admins = append(admins, p.admin(service))
	}
	p.metrics = doors.Scrape(admins...)
	t.Cleanup(func() { require.NoError(t, p.metrics.Close()) })
	p.shop = openShop(t, p.Gateway())
	return p
}

func (p *platform) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), stopWithin)
	defer cancel()
	require.NoError(t, p.Stop(ctx))
}

// logOnFailure shows what everything has logged from now on, where the test fails.
func (p *platform) logOnFailure(t *testing.T) {
	t.Helper()
	for _, service := range services() {
		p.Part(service).LogOnFailure(t)
	}
	p.broker().LogOnFailure(t)
}

func (p *platform) broker() *containers.Container {
	if p.choice.Broker == "sqs" {
		return p.Part("aws")
	}
	return p.Part(p.choice.Broker)
}

func (p *platform) admin(service string) string {
	return "http://" + p.Part(service).Address(adminPort)
}

// measure returns the value of a query without labels; no series count as 0.
func (p *platform) measure(t *testing.T, query string) float64 {
	t.Helper()
	now, err := p.metrics.Now(t.Context())
	require.NoError(t, err)
	samples, err := p.metrics.Query(t.Context(), query, now)
	require.NoError(t, err, query)
	sum := 0.0
	for _, s := range samples {
		sum += s.Value
	}
	return sum
}

// inventory is what the booking service has of an event.
type inventory struct {
	ID         string
	SeatsTaken int `json:"seats_taken"`
}

func (p *platform) inventories(t *testing.T) map[string]inventory {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.admin("booking")+"/admin/booking/copy", http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+worlds.AdminToken)
	res, err := (&http.Client{Timeout: patience}).Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	all := map[string]inventory{}
	lines := json.NewDecoder(res.Body)
	for {
		var i inventory
		err := lines.Decode(&i)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all[i.ID] = i
	}
}
