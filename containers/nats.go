package containers

import "github.com/testcontainers/testcontainers-go/wait"

// NATS returns a NATS server with JetStream on disk, its clients at 4222/tcp. It syncs what it acknowledges at once.
func NATS() Part {
	return Part{
		Name: "nats", Image: "NATS_IMAGE",
		Cmd:   []string{"--config", "/nats.conf"},
		Files: map[string]string{"/nats.conf": "http: 8222\njetstream { store_dir: /data, sync_interval: always }\n"},
		Ports: []string{"4222/tcp", "8222/tcp"}, Volumes: []string{"/data"},
		Ready: wait.ForHTTP("/healthz").WithPort("8222/tcp"),
	}
}
