package containers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/testcontainers/testcontainers-go/wait"
)

// daysOfLogs is how long log lines are kept; compose.yaml says the same.
const daysOfLogs = "14"

// Filebeat returns the shipper of the platform, observability/filebeat: it hands the lines of all parts that are Shipped to
// the Elasticsearch of that name, which LoadLogs has prepared. What it counts is at 5066/tcp.
func Filebeat(elasticsearch string) (Part, error) {
	configuration, err := observability("filebeat/filebeat.yml")
	if err != nil {
		return Part{}, err
	}
	return Part{
		Name: "filebeat", Image: "FILEBEAT_IMAGE", User: "root", // who alone reads the logs
		Cmd:   []string{"-e", "-E", fmt.Sprintf("output.elasticsearch.hosts=[http://%s:9200]", elasticsearch)},
		Env:   map[string]string{"PLATFORM": networkName()},
		Files: map[string]string{"/usr/share/filebeat/filebeat.yml": configuration},
		Reads: []string{"/var/lib/docker/containers"}, Volumes: []string{"/var/lib/filebeat"}, Ports: []string{"5066/tcp"},
		Ready: wait.ForHTTP("/").WithPort("5066/tcp"),
	}, nil
}

// LogMetrics returns what tells Prometheus what Filebeat counts, as observability/filebeat says: 7979/tcp, /probe?target=URL.
func LogMetrics() (Part, error) {
	configuration, err := observability("filebeat/metrics.yml")
	if err != nil {
		return Part{}, err
	}
	return Part{
		Name: "filebeat-metrics", Image: "JSONEXPORTER_IMAGE", Cmd: []string{"--config.file=/metrics.yml"},
		Files: map[string]string{"/metrics.yml": configuration}, Ports: []string{"7979/tcp"},
		Ready: wait.ForHTTP("/metrics").WithPort("7979/tcp"),
	}, nil
}

// LoadLogs prepares an Elasticsearch for log lines and deletes old ones, as observability/elasticsearch does it.
func LoadLogs(ctx context.Context, elasticsearch *Container) error {
	for _, name := range []string{"load", "pipeline.yml", "template.yml"} {
		content, err := observability("elasticsearch/" + name)
		if err != nil {
			return err
		}
		if err := elasticsearch.running.CopyToContainer(ctx, []byte(content), "/tmp/"+name, 0o644); err != nil {
			return elasticsearch.failed("prepare", err)
		}
	}
	return elasticsearch.failed("prepare", elasticsearch.run(ctx, "bash", "/tmp/load", "http://127.0.0.1:9200", daysOfLogs))
}

// observability reads a file below that folder of the repository.
func observability(name string) (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(filepath.Join(root, "observability", name))
	return string(content), err
}
