package stack

import (
	"fmt"
	"maps"
	"strings"

	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/features/worlds"
)

const (
	publicPort = "8080/tcp"
	adminPort  = "9100/tcp"
)

// serviceNames are in the order of their start; the gateway stops first.
func serviceNames() []string { return []string{"identity", "event", "booking", "search", "gateway"} }

// common is what a service is told whatever it runs on.
func common(name string) settings {
	env := settings{
		"ADMIN_TOKEN": worlds.AdminToken, "OTEL_BSP_SCHEDULE_DELAY": worlds.SpanDelay,
		"OTEL_TRACES_EXPORTER": "zipkin", "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://zipkin:9411/api/v2/spans",
	}
	maps.Copy(env, map[string]settings{
		"identity": {
			"PEPPER": worlds.Pepper, "PASSWORD_COST": worlds.PasswordCost, "BOOTSTRAP_OPERATOR": worlds.FirstOperator().Email,
		},
		"gateway": {"RATE_LIMIT": "0"}, // scenarios send as fast as they can
	}[name])
	return env
}

// service runs from its own image, as it ships. It finds the others by their names, where it looks for them by default.
func service(name string, env settings) containers.Part {
	return containers.Part{
		Name: name, Image: containers.Own(program(name)), Env: env, Ports: []string{publicPort, adminPort},
		Volumes: []string{"/data"}, ReadOnly: true, Shipped: true,
		// Health counts too: a service does not wait for everything to get ready, such as the keys of tokens.
		Ready: wait.ForAll(wait.ForHTTP("/readyz").WithPort(adminPort), wait.ForHTTP("/healthz").WithPort(adminPort)),
	}
}

// program is the name of the service's command and image.
func program(service string) string {
	if service == "gateway" {
		return service
	}
	return service + "service"
}

// scrapeConfig makes Prometheus look once a second: scenarios wait for it.
func scrapeConfig() string {
	var targets []string
	for _, name := range serviceNames() {
		targets = append(targets, name+":9100")
	}
	return fmt.Sprintf(`
global: {scrape_interval: 1s}
scrape_configs:
- job_name: myevents
  static_configs:
  - targets: [%s]
`, strings.Join(targets, ", "))
}
