package containers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/testcontainers/testcontainers-go/wait"
)

// The one user of RabbitMQ.
const (
	RabbitMQUser     = "myevents"
	RabbitMQPassword = "the-password-of-rabbitmq"
)

// RabbitMQ is one node: its clients at 5672/tcp, its HTTP API at 15672/tcp and its metrics at 15692/tcp.
func RabbitMQ() Part {
	return Part{
		Name: "rabbitmq", Image: "RABBITMQ_IMAGE",
		Env: map[string]string{
			"RABBITMQ_DEFAULT_USER": RabbitMQUser, "RABBITMQ_DEFAULT_PASS": RabbitMQPassword,
			// It takes the host's memory for its own, and keeps up to 512 MB of what quorum queues write in it.
			"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-rabbit vm_memory_high_watermark {absolute,400000000} -ra wal_max_size_bytes 33554432",
		},
		Ports: []string{"5672/tcp", "15672/tcp", "15692/tcp"}, Volumes: []string{"/var/lib/rabbitmq"},
		Memory: 512 << 20,
		// The API begins to answer before the listener of the clients does, which is what this asks for.
		Ready: wait.ForHTTP("/api/health/checks/port-listener/5672").WithPort("15672/tcp").
			WithBasicAuth(RabbitMQUser, RabbitMQPassword).WithStartupTimeout(2 * time.Minute),
	}
}

// MakeVirtualHost makes a virtual host, whose messages no other one sees, on the RabbitMQ in c.
func MakeVirtualHost(ctx context.Context, c *Container, name string) error {
	address := "http://" + c.Address("15672/tcp") + "/api/vhosts/" + url.PathEscape(name)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, http.NoBody)
	if err != nil {
		return err
	}
	req.SetBasicAuth(RabbitMQUser, RabbitMQPassword)
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		return fmt.Errorf("make virtual host %s: %w", name, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("make virtual host %s: answer has status %d", name, res.StatusCode)
	}
	return nil
}
