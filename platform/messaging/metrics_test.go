package messaging_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/cloudevent"
)

func TestBacklogIsMeasured(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	gate := make(chan struct{})
	c := f.start(t, func(context.Context, cloudevent.Event) error {
		<-gate
		return nil
	})
	for i := range 50 {
		f.publish(t, newEvent(fmt.Sprint(i), fmt.Sprint(i)))
	}
	f.awaitBacklog(t, 50)
	close(gate)
	awaitIdle(t, c)
	f.awaitBacklog(t, 0)
}

// awaitBacklog waits until so many messages are held, and have not been acknowledged.
func (f *fixture) awaitBacklog(t *testing.T, messages int) {
	t.Helper()
	want := fmt.Sprintf(`
# HELP messaging_in_flight_messages Messages received and not settled, those included that wait for a retry.
# TYPE messaging_in_flight_messages gauge
messaging_in_flight_messages{service="billing"} %d
# HELP messaging_pending_messages Messages the service has not acknowledged yet, those included that have not arrived.
# TYPE messaging_pending_messages gauge
messaging_pending_messages{messaging_destination_name="booking",messaging_system="nats",service="billing"} %d
`, messages, messages)
	var err error
	require.Eventually(t, func() bool {
		err = testutil.GatherAndCompare(f.registry, strings.NewReader(want), "messaging_in_flight_messages", "messaging_pending_messages")
		return err == nil
	}, patience, 5*time.Millisecond, "%v", err)
}
