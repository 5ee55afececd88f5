package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go/log"
)

// What Main makes is labelled with the machine and the process that made it. All that such a process may leave behind is
// found by these labels.
const (
	labelHost    = "org.myevents.test.host"
	labelProcess = "org.myevents.test.process"
)

const (
	setUpTimeout  = 20 * time.Second
	removeTimeout = 60 * time.Second
)

// Main runs a program that starts containers, such as the tests of a package, between a network of its own and the removal
// of everything it has started, also where it is interrupted. It returns what the process, or TestMain, has to exit with:
// where no Docker engine answers, it says so in one line and runs nothing.
//
// What a killed process has left on this machine is removed by the next one.
func Main(program interface{ Run() int }, stderr io.Writer) int {
	if err := setUp(); err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() { // ends with the process
		<-interrupted
		_ = tearDown()
		os.Exit(1)
	}()
	status := program.Run()
	if err := tearDown(); err != nil {
		_, _ = fmt.Fprintln(stderr, "not everything was removed:", err)
		return max(status, 1)
	}
	return status
}

func setUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), setUpTimeout)
	defer cancel()
	docker, err := engine(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = docker.Close() }()
	if err := removeAll(ctx, docker, leftBehind); err != nil {
		return fmt.Errorf("remove what killed tests have left: %w", err)
	}
	if _, err := docker.NetworkCreate(ctx, networkName(), client.NetworkCreateOptions{Driver: "bridge", Labels: labels()}); err != nil {
		return fmt.Errorf("create the network of the tests: %w", err)
	}
	log.SetDefault(log.NewNoopLogger()) // it tells every step of every container
	// This package removes what it starts, without the container that the library would start for it.
	return errors.Join(os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"), setHost(ctx, docker))
}

// setHost says where ports are that the engine publishes. A test in a container is taken to use the engine outside of it;
// where the engine runs beside the test, its bridge is one of the test's own interfaces.
func setHost(ctx context.Context, docker *client.Client) error {
	const setting = "TESTCONTAINERS_HOST_OVERRIDE"
	own, err := docker.NetworkInspect(ctx, networkName(), client.NetworkInspectOptions{})
	if err != nil {
		return fmt.Errorf("look at the network of the tests: %w", err)
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, address := range interfaces {
		prefix, err := netip.ParsePrefix(address.String())
		if err == nil && len(own.Network.IPAM.Config) > 0 && prefix.Addr() == own.Network.IPAM.Config[0].Gateway {
			return os.Setenv(setting, "127.0.0.1")
		}
	}
	return nil
}

func tearDown() error {
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	docker, err := engine(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = docker.Close() }()
	return removeAll(ctx, docker, ours)
}

// networkName is the same whenever this process asks.
func networkName() string { return "myevents-test-" + strconv.Itoa(os.Getpid()) }

func labels() map[string]string {
	return map[string]string{labelHost: hostname(), labelProcess: strconv.Itoa(os.Getpid())}
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

func ours(process int) bool { return process == os.Getpid() }

// leftBehind reports whether a process is no more.
func leftBehind(process int) bool { return errors.Is(syscall.Kill(process, 0), syscall.ESRCH) }
