// Package worlds holds the places the feature files run in: one platform a scenario in the test's own process
// (Embedded), the five binaries on this machine (Processes) and any deployed address (Remote).
//
// The same sentences drive all of them. A world always has a gateway and an operator; what else it can do, it says by
// implementing Admin, Services or Controls, and the tags @exclusive and @embedded keep scenarios that need more out of
// the worlds that have less.
package worlds

import (
	"context"
	"time"
)

// World is one running platform as a scenario sees it.
type World interface {
	// Gateway returns the base URL of the one public door, without a path or a final slash.
	Gateway() string
	// Operator returns the account that may grant roles.
	Operator() Account
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

// Controls is a world that runs in the test's own process, for one scenario alone.
type Controls interface {
	// Publish puts a document on the broker as it is, past every service and outbox.
	Publish(ctx context.Context, topic string, document []byte) error
	// FailConsumer makes a service's next handlings of a message type fail, so many times.
	FailConsumer(service, messageType string, times int)
	// Advance moves the platform's clock forward.
	Advance(d time.Duration)
	// Idle reports whether every outbox is published and every consumer has nothing left to do.
	Idle(ctx context.Context) bool
}

// Logs is a world that keeps what its services logged, for the report of a failed scenario.
type Logs interface {
	Logs() string
}

// What the platforms that tests start are opened with. None of it guards anything.
const (
	adminToken         = "the-admin-token-of-the-features"
	lowestPasswordCost = 4
)

func operator() Account {
	return Account{Email: "operator@example.com", Password: "the password of the operator"}
}
