package containers

import (
	"context"
	"net"
	"time"

	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/myevents/myevents/platform/messaging/kafka"
)

// Kafka is one node that is broker and controller. It tells its clients that it is kafka:9092; from outside of the network,
// dial its Address instead.
func Kafka() Part {
	return Part{
		Name: "kafka", Image: "KAFKA_IMAGE", Ports: []string{"9092/tcp"}, Volumes: []string{"/var/lib/kafka/data"},
		Memory: 640 << 20,
		Env: map[string]string{
			"KAFKA_HEAP_OPTS":                        "-Xms64m -Xmx256m",
			"KAFKA_JVM_PERFORMANCE_OPTS":             "-XX:+UseSerialGC -XX:TieredStopAtLevel=1", // it starts in half the time
			"KAFKA_NODE_ID":                          "1",
			"KAFKA_PROCESS_ROLES":                    "broker,controller",
			"KAFKA_CONTROLLER_QUORUM_VOTERS":         "1@localhost:9093",
			"KAFKA_CONTROLLER_LISTENER_NAMES":        "CONTROLLER",
			"KAFKA_LISTENERS":                        "PLAINTEXT://:9092,CONTROLLER://:9093",
			"KAFKA_ADVERTISED_LISTENERS":             "PLAINTEXT://kafka:9092",
			"KAFKA_LOG_DIRS":                         "/var/lib/kafka/data",
			"KAFKA_AUTO_CREATE_TOPICS_ENABLE":        "false", // they would have one partition
			"KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",     // it waits for more instances to start together
			// There is no second node to keep a copy.
			"KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS":                     "4", // of 50, which it takes seconds to make
			"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":                 "1",
			"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR":         "1",
			"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR":                    "1",
			"KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
			"KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR":            "1",
		},
		Ready: kafkaAnswers{},
	}
}

// kafkaStart is how long Kafka may take on a busy machine.
const kafkaStart = 2 * time.Minute

// kafkaAnswers waits until a client gets to know the cluster. The port is open long before.
type kafkaAnswers struct{}

// WaitUntilReady implements wait.Strategy.
func (kafkaAnswers) WaitUntilReady(ctx context.Context, target wait.StrategyTarget) error {
	ctx, cancel := context.WithTimeout(ctx, kafkaStart)
	defer cancel()
	host, err := target.Host(ctx)
	if err != nil {
		return err
	}
	port, err := target.MappedPort(ctx, "9092/tcp")
	if err != nil {
		return err
	}
	options, err := kafka.ParseURL("kafka://kafka")
	if err != nil {
		return err
	}
	options.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(host, port.Port()))
	}
	for {
		b, err := kafka.New(ctx, options)
		if err == nil {
			return b.Close()
		}
		if ctx.Err() != nil {
			return err
		}
	}
}
