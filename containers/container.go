package containers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/exec"
)

// Container is a part that runs, or did and may again. Its methods are for one caller at a time, but for Address.
type Container struct {
	name      string
	docker    *client.Client
	running   *testcontainers.DockerContainer
	addresses map[string]string // by port
}

// Name returns the host name by which the other containers reach this one.
func (c *Container) Name() string { return c.name }

// Address returns where the test reaches a port of the part, such as 127.0.0.1:23412 for 5672/tcp; empty for a port that
// the part does not list.
func (c *Container) Address(port string) string { return c.addresses[port] }

// pauseTimeout bounds the attempts to freeze a part.
const pauseTimeout = 10 * time.Second

// Pause freezes the part: connections stay open, nothing answers. The kernel freezes a group of processes of version 1 only
// while none of them is just starting or in its hands, and runc gives up after some ten milliseconds: to try again is left to
// its callers (opencontainers/runc pull request 4388).
func (c *Container) Pause(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pauseTimeout)
	defer cancel()
	for {
		_, err := c.docker.ContainerPause(ctx, c.running.ID, client.ContainerPauseOptions{})
		if err == nil || !strings.Contains(err.Error(), "unable to freeze") {
			return c.failed("pause", err)
		}
	}
}

// Unpause lets a paused part go on.
func (c *Container) Unpause(ctx context.Context) error {
	_, err := c.docker.ContainerUnpause(ctx, c.running.ID, client.ContainerUnpauseOptions{})
	return c.failed("unpause", err)
}

// Disconnect takes the part off the network: it goes on, and nobody reaches it, the test included.
func (c *Container) Disconnect(ctx context.Context) error {
	_, err := c.docker.NetworkDisconnect(ctx, networkName(), client.NetworkDisconnectOptions{Container: c.running.ID, Force: true})
	return c.failed("disconnect", err)
}

// Reconnect undoes Disconnect.
func (c *Container) Reconnect(ctx context.Context) error {
	_, err := c.docker.NetworkConnect(ctx, networkName(), client.NetworkConnectOptions{
		Container: c.running.ID, EndpointConfig: &network.EndpointSettings{Aliases: []string{c.name}},
	})
	return c.failed("reconnect", err)
}

// Kill ends the part as a power cut would.
func (c *Container) Kill(ctx context.Context) error {
	_, err := c.docker.ContainerKill(ctx, c.running.ID, client.ContainerKillOptions{Signal: "SIGKILL"})
	return c.failed("kill", err)
}

// stopTimeout is more than the services take to drain.
const stopTimeout = 30 // seconds

// Stop asks the part to end, and kills it where it has not within 30 seconds.
func (c *Container) Stop(ctx context.Context) error {
	timeout := stopTimeout
	_, err := c.docker.ContainerStop(ctx, c.running.ID, client.ContainerStopOptions{Timeout: &timeout})
	return c.failed("stop", err)
}

// Ended reports whether the part does not run, and the exit code of its last run: 137 says that it was killed.
func (c *Container) Ended(ctx context.Context) (ended bool, exitCode int, err error) {
	state, err := c.running.State(ctx)
	if err != nil {
		return false, 0, c.failed("look at", err)
	}
	return !state.Running, state.ExitCode, nil
}

// Restart starts the part with the data it had, after stopping it where it runs, and returns when it is ready.
func (c *Container) Restart(ctx context.Context) error {
	if _, err := c.docker.ContainerRestart(ctx, c.running.ID, client.ContainerRestartOptions{}); err != nil {
		return c.failed("restart", err)
	}
	return c.failed("restart", c.running.WaitingFor.WaitUntilReady(ctx, c.running))
}

// ProcessorTime returns how long the part has used processors since it last started.
func (c *Container) ProcessorTime(ctx context.Context) (time.Duration, error) {
	answer, err := c.docker.ContainerStats(ctx, c.running.ID, client.ContainerStatsOptions{})
	if err != nil {
		return 0, c.failed("look at", err)
	}
	defer answer.Body.Close()
	var stats container.StatsResponse
	err = json.NewDecoder(answer.Body).Decode(&stats)
	return time.Duration(stats.CPUStats.CPUUsage.TotalUsage), c.failed("look at", err)
}

// run runs a program in the part's container; an error ends with what it said.
func (c *Container) run(ctx context.Context, program ...string) error {
	code, output, err := c.running.Exec(ctx, program, exec.Multiplexed())
	if err != nil || code == 0 {
		return err
	}
	said, err := io.ReadAll(output)
	return errors.Join(fmt.Errorf("%s: exit code %d: %s", strings.Join(program, " "), code, said), err)
}

// Remove ends the part and removes it with its data. What is not removed goes at the end of the process.
func (c *Container) Remove(ctx context.Context) error {
	return c.failed("remove", removeContainer(ctx, c.docker, c.running.ID))
}

// Logs returns what the part has written so far, over all its runs.
func (c *Container) Logs(ctx context.Context) (string, error) {
	return c.LogsSince(ctx, time.Time{})
}

// LogsSince returns what the part has written since a time on the engine's clock; the zero time: ever.
func (c *Container) LogsSince(ctx context.Context, since time.Time) (string, error) {
	o := client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true}
	if !since.IsZero() {
		o.Since = since.UTC().Format(time.RFC3339Nano)
	}
	stream, err := c.docker.ContainerLogs(ctx, c.running.ID, o)
	if err != nil {
		return "", c.failed("read the log of", err)
	}
	defer stream.Close()
	var both bytes.Buffer
	_, err = stdcopy.StdCopy(&both, &both, stream)
	return both.String(), c.failed("read the log of", err)
}

// LogOnFailure shows what the part writes from now on to the end of the test, where the test fails. A test that removes the
// part arranges that first.
func (c *Container) LogOnFailure(t testing.TB) {
	t.Helper()
	began := time.Now()
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), removeTimeout)
		defer cancel()
		logs, err := c.LogsSince(ctx, began)
		if err != nil {
			t.Log(err)
		}
		t.Logf("--- log of %s\n%s", c.name, logs)
	})
}

func (c *Container) failed(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, c.name, err)
}
