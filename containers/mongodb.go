package containers

import (
	"context"
	"fmt"
	"time"

	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/myevents/myevents/platform/mongodb"
)

// MongoDB returns a single server at 27017/tcp.
func MongoDB() Part {
	return Part{
		Name: "mongodb", Image: "MONGODB_IMAGE", Ports: []string{"27017/tcp"}, Volumes: []string{"/data/db"}, Memory: 512 << 20,
		Ready: mongoDBAnswers{},
	}
}

// mongoDBAnswers waits until the server can be talked to.
type mongoDBAnswers struct{}

// WaitUntilReady implements wait.Strategy.
func (mongoDBAnswers) WaitUntilReady(ctx context.Context, target wait.StrategyTarget) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	host, err := target.Host(ctx)
	if err != nil {
		return err
	}
	port, err := target.MappedPort(ctx, "27017/tcp")
	if err != nil {
		return err
	}
	for {
		// Each attempt takes as long as a server is looked for.
		db, err := mongodb.Open(ctx, mongodb.Options{URL: fmt.Sprintf("mongodb://%s:%s/ready", host, port.Port()), Service: "ready"})
		if err == nil {
			return db.Close()
		}
		if ctx.Err() != nil {
			return err
		}
	}
}
