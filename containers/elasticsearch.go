package containers

import (
	"time"

	"github.com/testcontainers/testcontainers-go/wait"
)

// Elasticsearch returns a single node without passwords at 9200/tcp.
func Elasticsearch() Part {
	return Part{
		Name: "elasticsearch", Image: "ELASTICSEARCH_IMAGE", Ports: []string{"9200/tcp"},
		Volumes: []string{"/usr/share/elasticsearch/data"}, Memory: 1 << 30,
		Env: map[string]string{
			"ES_JAVA_OPTS":           "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1", // it starts in half the time
			"discovery.type":         "single-node",
			"xpack.security.enabled": "false",
			"cluster.routing.allocation.disk.threshold_enabled": "false", // a laptop's disk may be nearly full
		},
		Ready: wait.ForHTTP("/_cluster/health?wait_for_status=yellow&timeout=1s").WithPort("9200/tcp").WithStartupTimeout(3 * time.Minute),
	}
}
