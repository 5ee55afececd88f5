package containers

import (
	"time"

	"github.com/testcontainers/testcontainers-go/wait"
)

// Zipkin returns a Zipkin that keeps spans in memory; its API, which also takes spans, is at 9411/tcp.
func Zipkin() Part {
	return Part{
		Name: "zipkin", Image: "ZIPKIN_IMAGE",
		Env:   map[string]string{"JAVA_OPTS": "-Xms128m -Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"}, // it starts sooner
		Ports: []string{"9411/tcp"}, Memory: 512 << 20,
		Ready: wait.ForHTTP("/health").WithPort("9411/tcp").WithStartupTimeout(2 * time.Minute),
	}
}

// Prometheus returns a Prometheus that keeps exemplars, with this configuration; its API is at 9090/tcp.
func Prometheus(configuration string) Part {
	return Part{
		Name: "prometheus", Image: "PROMETHEUS_IMAGE",
		Cmd: []string{
			"--config.file=/prometheus.yml", "--storage.tsdb.path=/prometheus", "--enable-feature=exemplar-storage",
		},
		Files: map[string]string{"/prometheus.yml": configuration},
		Ports: []string{"9090/tcp"},
		Ready: wait.ForHTTP("/-/ready").WithPort("9090/tcp"),
	}
}
