package compose_test

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features"
	"github.com/myevents/myevents/features/suite"
	"github.com/myevents/myevents/features/worlds"
)

// otherPorts lets the test run beside a platform that somebody works with.
const otherPorts = `
services:
  gateway: {ports: !override ["127.0.0.1::8080"]}
  rabbitmq: {ports: !reset []}
  zipkin: {ports: !override ["127.0.0.1::9411"]}
  prometheus: {ports: !override ["127.0.0.1::9090"]}
`

const coreMemory = 1.5 * (1 << 30) // bytes that the platform may take without a profile

func TestUpSellsSeatsAndDownLeavesNothing(t *testing.T) {
	t.Parallel()
	override := t.TempDir() + "/ports.yaml"
	require.NoError(t, os.WriteFile(override, []byte(otherPorts), 0o600))
	project := "myevents-test-compose-" + strconv.Itoa(os.Getpid())
	operator := worlds.FirstOperator()
	env := []string{
		"COMPOSE_PROJECT_NAME=" + project, "COMPOSE_FILE=compose.yaml:" + override,
		"BOOTSTRAP_OPERATOR=" + operator.Email, "OPERATOR_PASSWORD=" + operator.Password,
	}
	docker, err := client.New(client.FromEnv)
	require.NoError(t, err)
	t.Cleanup(func() { _ = docker.Close() })
	mine := client.Filters{}.Add("label", "com.docker.compose.project="+project)

	t.Cleanup(func() { // in any case, though the context of the test has ended
		down := context.WithoutCancel(t.Context())
		run(down, t, env, "make", "down")
		requireNothing(down, t, docker, mine)
	})
	run(t.Context(), t, env, "make", "up")

	address := func(service, port string) string {
		return "http://" + strings.TrimSpace(compose(t, env, "port", service, port))
	}
	gateway := address("gateway", "8080")
	world, err := worlds.Remote(gateway, operator, worlds.Doors{Zipkin: address("zipkin", "9411"), Prometheus: address("prometheus", "9090")})
	require.NoError(t, err)
	requireDashboardsAlive(t, address("prometheus", "9090"))
	suite.Test(t, suite.Options{
		Name: "features-compose", Title: "MyEvents features, compose.yaml", World: world, Files: features.Files,
		ReportDir: root + "/build", Tags: "@smoke",
	})
	require.Less(t, memory(t, docker, mine), int64(coreMemory))
	compose(t, env, "stop", "load")
	require.Regexp(t, `audit: all \d+ bookings and events are as they were answered`, compose(t, env, "logs", "load"))
}

// memory returns what the containers take together, in bytes, as docker stats counts it: without cached files that nobody
// has read for a while.
func memory(t *testing.T, docker *client.Client, which client.Filters) (total int64) {
	t.Helper()
	all, err := docker.ContainerList(t.Context(), client.ContainerListOptions{Filters: which})
	require.NoError(t, err)
	require.NotEmpty(t, all.Items)
	for _, c := range all.Items {
		answer, err := docker.ContainerStats(t.Context(), c.ID, client.ContainerStatsOptions{})
		require.NoError(t, err)
		var stats container.StatsResponse
		require.NoError(t, json.NewDecoder(answer.Body).Decode(&stats))
		require.NoError(t, answer.Body.Close())
		m := stats.MemoryStats
		used := int64(m.Usage - max(m.Stats["total_inactive_file"], m.Stats["inactive_file"])) // cgroup 1, cgroup 2
		t.Logf("%-11s %4d MiB", c.Labels["com.docker.compose.service"], used>>20)
		total += used
	}
	t.Logf("%-11s %4d MiB", "together", total>>20)
	return total
}

func requireNothing(ctx context.Context, t *testing.T, docker *client.Client, which client.Filters) {
	t.Helper()
	containers, err := docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: which})
	require.NoError(t, err)
	require.Empty(t, containers.Items)
	networks, err := docker.NetworkList(ctx, client.NetworkListOptions{Filters: which})
	require.NoError(t, err)
	require.Empty(t, networks.Items)
	volumes, err := docker.VolumeList(ctx, client.VolumeListOptions{Filters: which})
	require.NoError(t, err)
	require.Empty(t, volumes.Items)
}
