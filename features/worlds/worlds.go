// Package worlds holds the places the feature files run in: one platform a scenario in the test's own process
// (Embedded), the five binaries on this machine (Processes) and any deployed address (Remote).
//
// The same sentences drive all of them. A world always has a gateway and an operator, and doors to its telemetry where it
// can be looked at; what else it can do, it says by implementing Admin, Services, Broker or Controls, and the tags
// @exclusive and @embedded keep scenarios that need more out of the worlds that have less.
package worlds

import (
	"context"
	"time"

	"github.com/myevents/myevents/features/doors"
)

// World is one running platform as a scenario sees it.
type World interface {
	// Gateway returns the base URL of the one public door, without a path or a final slash.
	Gateway() string
	// Operator returns the account that may grant roles.
	Operator() Account
	// Traces returns the door to the traces; nil where this world has none.
	Traces() doors.Traces
	// Metrics returns the door to the metrics; nil where this world has none.
	Metrics() doors.Metrics
	// Logs returns the door to the logs; nil where this world has none.
	Logs() doors.Logs
	// Close ends the scenario's use of the world: an isolated one stops, a shared one goes on.
	Close(ctx context.Context) error
}

// Source hands a world to a scenario. The context bounds the opening only, never the world's life.
type Source func(ctx context.Context) (World, error)

// Account is a user that exists or may sign up in every scenario of a shared world.
type Account struct {
	Email    string
	Password string
}

// Admin is a world whose admin ports can be reached.
type Admin interface {
	// Admin returns the base URL of a service's admin port and the token it wants.
	Admin(service string) (url, token string)
}

// Services is a world whose services can be stopped and started one by one.
type Services interface {
	StopService(ctx context.Context, service string) error
	StartService(ctx context.Context, service string) error
}

// Broker is a world whose services can be cut off from their broker.
type Broker interface {
	StopBroker(ctx context.Context) error
	StartBroker(ctx context.Context) error
}

// Controls is a world that runs in the test's own process, for one scenario alone.
type Controls interface {
	// Publish puts a document on the broker as it is, past every service and outbox.
	Publish(ctx context.Context, topic string, document []byte) error
	// FailConsumer makes a service's next handlings of a message type fail, so many times.
	FailConsumer(service, messageType string, times int)
	// Advance moves the platform's clock forward.
	Advance(d time.Duration)
	// Restart stops the platform and starts it with its data and these settings, by the names of environment variables.
	Restart(ctx context.Context, settings map[string]string) error
	// Idle reports whether every outbox is published and every consumer has nothing left to do.
	Idle(ctx context.Context) bool
}

// Transcript is a world that keeps what its services logged, for the report of a failed scenario.
type Transcript interface {
	Transcript() string
}

// Secrets is a world that knows the secrets it was started with and everything it has told since.
type Secrets interface {
	Secrets() []string
	// Told returns all log lines, metrics and spans as they left the platform.
	Told(ctx context.Context) (string, error)
}

// What the platforms that tests start are opened with. None of it guards anything.
const (
	AdminToken   = "the-admin-token-of-the-features"
	Pepper       = "the-pepper-of-the-features"
	PasswordCost = "4"  // the lowest
	SpanDelay    = "20" // milliseconds in which spans wait for others: scenarios wait for all of them
)

// FirstOperator returns the account that becomes the first operator of such a platform.
func FirstOperator() Account {
	return Account{Email: "operator@example.com", Password: "the password of the operator"}
}

// OwnSecrets returns those of the settings that the platform may not tell.
func OwnSecrets() []string {
	return []string{AdminToken, Pepper, FirstOperator().Password, FirstOperator().Email}
}
