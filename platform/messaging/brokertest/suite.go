// Package brokertest is the suite every message broker adapter passes, unchanged.
package brokertest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
)

// Harness is a broker under test. Its messages are seen by nobody else.
type Harness struct {
	// Connect returns a new connection, as another process would have it, that is closed when the test ends.
	Connect func(t *testing.T) messaging.Broker
	// ConnectMortal returns a new connection and a function that cuts it off for ever, as the death of its process would.
	ConnectMortal func(t *testing.T) (b messaging.Broker, die func())
	// Patience is how long the suite waits for a message; more than it takes the broker to see that a consumer has died.
	Patience time.Duration
}

// Run runs the suite. Each test gets a harness of its own from start.
func Run(t *testing.T, start func(t *testing.T) Harness) {
	tests := []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"delivers every message at least once", deliversEverything},
		{"delivers a message as it was published", deliversUnchanged},
		{"delivers a nacked message again", deliversNackedAgain},
		{"keeps messages for a service that is away", keepsForAbsent},
		{"delivers to every service, and once inside a service", fansOut},
		{"delivers again what a dead consumer had", survivesDeath},
		{"gives back what a closing consumer does not finish", survivesClose},
		{"loses nothing that was acknowledged while it closes", closesWhilePublishing},
		{"takes the largest message and refuses a larger one", limitsSize},
		{"keeps the order of a key", keepsOrder},
		{"keeps the order of a key among instances, or versions sort it out", sortsOut},
		{"broadcasts to every instance what is published from now on", broadcasts},
		{"answers a ping and describes itself", answersPing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.test(t, start(t))
		})
	}
}

func answersPing(t *testing.T, h Harness) {
	b := h.Connect(t)
	require.NoError(t, b.Ping(t.Context()))
	require.NotEmpty(t, b.Stats())
	require.NotEmpty(t, b.Features().System)
}
