package containers

import (
	_ "embed"

	"github.com/testcontainers/testcontainers-go/wait"
)

//go:embed moto/sitecustomize.py
var atomicQueues string

// AWS returns moto's server, which speaks SNS and SQS at 5000/tcp, whatever the credentials. It keeps everything in memory:
// a restart forgets topics, queues and messages.
func AWS() Part {
	return Part{
		Name: "aws", Image: "AWS_IMAGE",
		Env:   map[string]string{"PYTHONPATH": "/moto-patch"},
		Files: map[string]string{"/moto-patch/sitecustomize.py": atomicQueues},
		Ports: []string{"5000/tcp"}, Memory: 512 << 20, // it takes large messages apart in many copies
		Ready: wait.ForHTTP("/moto-api/data.json").WithPort("5000/tcp"),
	}
}
