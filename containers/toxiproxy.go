package containers

import "github.com/testcontainers/testcontainers-go/wait"

// Toxiproxy returns a proxy without ways through it; they are made over its API, at 8474/tcp.
func Toxiproxy() Part {
	return Part{
		Name: "toxiproxy", Image: "TOXIPROXY_IMAGE", Ports: []string{"8474/tcp"}, Env: map[string]string{"LOG_LEVEL": "warn"},
		Ready: wait.ForHTTP("/version").WithPort("8474/tcp"),
	}
}
