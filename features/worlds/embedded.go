package worlds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/messaging"
)

// flushTimeout bounds the wait for spans at the end of a scenario.
const flushTimeout = time.Second

// embedded is a whole platform in this process, for one scenario alone.
type embedded struct {
	app     *allinone.App
	data    string
	faults  *faults
	broker  *cutOff       // nil before the platform has started
	ahead   *atomic.Int64 // by how many nanoseconds its clock was advanced
	logs    *doors.Captured
	metrics *doors.Scraped
	traces  *doors.Zipkin
}

// Embedded is the source of platforms of their own: each on free ports, in a temporary directory.
func Embedded(ctx context.Context) (World, error) {
	data, err := os.MkdirTemp("", "myevents-feature-")
	if err != nil {
		return nil, fmt.Errorf("make a data directory: %w", err)
	}
	w := &embedded{
		data: data, faults: &faults{left: map[fault]int{}}, broker: &cutOff{}, ahead: &atomic.Int64{}, logs: &doors.Captured{},
	}
	if err := w.start(ctx, nil); err != nil {
		return nil, errors.Join(err, os.RemoveAll(data))
	}
	return w, nil
}

func (w *embedded) start(ctx context.Context, settings map[string]string) error {
	c, err := w.config(settings)
	if err != nil {
		return err
	}
	w.app, err = allinone.New(c, allinone.Options{
		Logs:               w.logs,
		Clock:              func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) },
		ConsumerMiddleware: w.faults.middleware,
		Broker:             w.broker.wrap,
	})
	if err != nil {
		return err
	}
	if err := w.app.Start(ctx); err != nil {
		return err
	}
	w.metrics, w.traces = doors.Scrape(w.app.AdminURL()), doors.NewZipkin(w.app.AdminURL())
	return nil
}

// config is what a person gets with these flags and with the settings as environment.
func (w *embedded) config(settings map[string]string) (c allinone.Config, err error) {
	err = config.Parse("myevents", "", &c, []string{
		"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--admin-token=" + AdminToken, "--data=" + w.data, "--pepper=" + Pepper,
		"--bootstrap-operator=" + FirstOperator().Email, "--password-cost=" + PasswordCost,
		"--rate-limit=0", // scenarios send as fast as they can
		"--otel-bsp-schedule-delay=" + SpanDelay,
	}, func(name string) string { return settings[name] }, io.Discard)
	return c, err
}

func (w *embedded) stop(ctx context.Context) error {
	w.traces.Close()
	return errors.Join(w.metrics.Close(), w.app.Stop(ctx))
}

func (w *embedded) Restart(ctx context.Context, settings map[string]string) error {
	if err := w.stop(ctx); err != nil {
		return err
	}
	return w.start(ctx, settings)
}

// Close also looks at every line that was logged.
func (w *embedded) Close(ctx context.Context) error {
	return errors.Join(w.stop(ctx), os.RemoveAll(w.data), InOrder(w.logs.String()))
}

func (w *embedded) Gateway() string   { return w.app.GatewayURL() }
func (w *embedded) Operator() Account { return FirstOperator() }

func (w *embedded) Traces() doors.Traces   { return w.traces }
func (w *embedded) Metrics() doors.Metrics { return w.metrics }
func (w *embedded) Logs() doors.Logs       { return w.logs }

func (w *embedded) Transcript() string { return w.logs.String() }
func (w *embedded) Secrets() []string  { return OwnSecrets() }

// Told leaves out spans that the platform sends elsewhere, which scenarios let it do only where nobody listens.
func (w *embedded) Told(ctx context.Context) (string, error) {
	flush, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	_ = w.app.FlushSpans(flush) // fails where nobody listens
	spans, traced := w.traces.Everything(ctx)
	metrics, counted := w.metrics.Pages(ctx)
	return w.logs.String() + spans + metrics, errors.Join(traced, counted)
}

func (w *embedded) Admin(string) (url, token string) { return w.app.AdminURL(), AdminToken }

func (w *embedded) StopService(ctx context.Context, service string) error {
	return w.app.StopService(ctx, service)
}

func (w *embedded) StartService(ctx context.Context, service string) error {
	return w.app.StartService(ctx, service)
}

func (w *embedded) StopBroker(context.Context) error {
	w.broker.away.Store(true)
	return nil
}

func (w *embedded) StartBroker(context.Context) error {
	w.broker.away.Store(false)
	return nil
}

// Publish gives the message an id of its own on the broker: the document may be one that was published before, and
// brokers drop what comes twice under one id.
func (w *embedded) Publish(ctx context.Context, topic string, document []byte) error {
	m := message.NewMessage(watermill.NewUUID(), document)
	subject := "test"
	if event, err := cloudevent.Decode(document); err == nil {
		subject = event.Subject // what comes about one subject keeps its order
	}
	m.Metadata.Set(messaging.MetadataSubject, subject)
	m.SetContext(ctx)
	return w.app.Broker().Publisher().Publish(topic, m)
}

func (w *embedded) FailConsumer(service, messageType string, times int) {
	w.faults.add(fault{service, messageType}, times)
}

func (w *embedded) Advance(d time.Duration) { w.ahead.Add(int64(d)) }

func (w *embedded) Idle(ctx context.Context) bool {
	return w.app.Idle(ctx)
}
