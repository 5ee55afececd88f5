package worlds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/messaging"
)

// embedded is a whole platform in this process, for one scenario alone.
type embedded struct {
	app    *allinone.App
	data   string
	faults *faults
	logs   *logs
	ahead  *atomic.Int64 // by how many nanoseconds its clock was advanced
}

// Embedded is the source of platforms of their own: each on free ports, in a temporary directory.
func Embedded(ctx context.Context) (World, error) {
	data, err := os.MkdirTemp("", "myevents-feature-")
	if err != nil {
		return nil, fmt.Errorf("make a data directory: %w", err)
	}
	w := &embedded{data: data, faults: &faults{left: map[fault]int{}}, logs: &logs{}, ahead: &atomic.Int64{}}
	if err := w.start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(data))
	}
	return w, nil
}

func (w *embedded) start(ctx context.Context) error {
	c, err := w.config()
	if err != nil {
		return err
	}
	app, err := allinone.New(c, allinone.Options{
		Logs:               w.logs,
		Clock:              func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) },
		ConsumerMiddleware: w.faults.middleware,
	})
	if err != nil {
		return err
	}
	w.app = app
	return app.Start(ctx)
}

// config is what a person gets with these flags.
func (w *embedded) config() (c allinone.Config, err error) {
	err = config.Parse("myevents", "", &c, []string{
		"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--admin-token=" + adminToken, "--data=" + w.data,
		"--bootstrap-operator=" + operator().Email, "--password-cost=" + strconv.Itoa(lowestPasswordCost),
		"--rate-limit=0", // scenarios send as fast as they can
	}, func(string) string { return "" }, io.Discard)
	return c, err
}

func (w *embedded) Gateway() string { return w.app.GatewayURL() }

func (w *embedded) Operator() Account { return operator() }

func (w *embedded) Close(ctx context.Context) error {
	return errors.Join(w.app.Stop(ctx), os.RemoveAll(w.data))
}

func (w *embedded) Admin(string) (url, token string) { return w.app.AdminURL(), adminToken }

func (w *embedded) StopService(ctx context.Context, service string) error {
	return w.app.StopService(ctx, service)
}

func (w *embedded) StartService(ctx context.Context, service string) error {
	return w.app.StartService(ctx, service)
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

func (w *embedded) Logs() string { return w.logs.String() }
