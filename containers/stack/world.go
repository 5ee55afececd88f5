package stack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/features/worlds"
)

// world is the stack as one scenario sees it.
type world struct {
	*Stack
	began time.Time
	down  map[*containers.Container]func(context.Context) error // what the scenario has stopped, and how it comes back
}

// transcriptTimeout bounds the look at all logs.
const transcriptTimeout = 30 * time.Second

func (w *world) Operator() worlds.Account { return worlds.FirstOperator() }

// Close leaves the stack whole for the next scenario, whatever became of this one.
func (w *world) Close(ctx context.Context) error {
	var failures []error
	for c := range w.down {
		failures = append(failures, w.bringBack(ctx, c))
	}
	return errors.Join(failures...)
}

func (w *world) Traces() doors.Traces   { return w.traces }
func (w *world) Metrics() doors.Metrics { return w.metrics }

// Logs are where the shipper takes them; without one, what the services have written.
func (w *world) Logs() doors.Logs {
	if w.lines != nil {
		return w.lines
	}
	return w
}

// Find looks at what the services have logged since the scenario began.
func (w *world) Find(ctx context.Context, fields map[string]string) ([]doors.Line, error) {
	var all doors.Several
	for _, service := range w.services {
		text, err := service.LogsSince(ctx, w.began)
		if err != nil {
			return nil, err
		}
		lines := &doors.Captured{}
		_, _ = lines.Write([]byte(text)) // never fails
		all = append(all, lines)
	}
	return all.Find(ctx, fields)
}

func (w *world) Admin(service string) (url, token string) {
	return "http://" + w.services[service].Address(adminPort), worlds.AdminToken
}

func (w *world) StopService(ctx context.Context, service string) error {
	c := w.services[service]
	w.down[c] = c.Restart
	return w.stopService(ctx, service)
}

func (w *world) StartService(ctx context.Context, service string) error {
	return w.bringBack(ctx, w.services[service])
}

func (w *world) StopBroker(ctx context.Context) error {
	if w.forgetful {
		w.down[w.broker] = w.broker.Reconnect
		return w.broker.Disconnect(ctx)
	}
	w.down[w.broker] = w.broker.Restart
	return w.broker.Stop(ctx)
}

func (w *world) StartBroker(ctx context.Context) error { return w.bringBack(ctx, w.broker) }

func (w *world) bringBack(ctx context.Context, c *containers.Container) error {
	back, down := w.down[c]
	if !down {
		return fmt.Errorf("%s was not stopped", c.Name())
	}
	delete(w.down, c)
	return back(ctx)
}

// Transcript returns what all containers have logged since the scenario began.
func (w *world) Transcript() string {
	ctx, cancel := context.WithTimeout(context.Background(), transcriptTimeout)
	defer cancel()
	var all strings.Builder
	for _, c := range w.all() {
		text, err := c.LogsSince(ctx, w.began)
		if err != nil {
			text = err.Error() + "\n"
		}
		fmt.Fprintf(&all, "--- %s\n%s", c.Name(), text)
	}
	return all.String()
}

func (w *world) Secrets() []string {
	return append(worlds.OwnSecrets(), containers.RabbitMQPassword)
}

// Told returns everything the services have told since the scenario began, and all recent traces.
func (w *world) Told(ctx context.Context) (string, error) {
	spans, traced := w.traces.Everything(ctx)
	metrics, counted := w.pages.Pages(ctx)
	return w.Transcript() + spans + metrics, errors.Join(traced, counted)
}
