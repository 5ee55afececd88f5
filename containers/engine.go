package containers

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// engine returns the Docker engine that the environment names, or the usual one.
func engine(ctx context.Context) (*client.Client, error) {
	docker, err := client.New(client.FromEnv)
	if err != nil {
		return nil, fmt.Errorf("the environment names no Docker engine: %w", err)
	}
	if _, err := docker.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return nil, fmt.Errorf("no Docker engine answers at %s; docs/containers.md says how to get one", docker.DaemonHost())
	}
	return docker, nil
}

// localImage returns the name of an image that the engine has. Tests never pull one: what runs must not depend on the day.
func localImage(ctx context.Context, docker *client.Client, keyOrName string) (string, error) {
	images, err := publicImages()
	if err != nil {
		return "", err
	}
	name, known := images[keyOrName]
	if !known {
		name = keyOrName
	}
	if _, err := docker.ImageInspect(ctx, name); cerrdefs.IsNotFound(err) {
		return "", fmt.Errorf("the engine has no image %s: run `make images`", name)
	} else if err != nil {
		return "", fmt.Errorf("look for the image %s: %w", name, err)
	}
	return name, nil
}

// Own returns the image of one of our programs: of the commit that VERSION names, as make has built it, or the last that was
// built. On an engine that pipelines share that may be another's.
func Own(program string) string {
	return "myevents/" + program + ":" + cmp.Or(os.Getenv("VERSION"), "latest")
}

// publicImages reads images.env at the root of the repository.
func publicImages() (map[string]string, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(root, "images.env"))
	if err != nil {
		return nil, fmt.Errorf("read the names of the images: %w", err)
	}
	defer func() { _ = f.Close() }()
	images := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if key, name, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(key, "#") {
			images[strings.TrimSpace(key)] = strings.TrimSpace(name)
		}
	}
	return images, lines.Err()
}

// repository returns the directory of the repository, below which tests run.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.work above the working directory: run the tests in the repository")
		}
		dir = parent
	}
}

// publishedHost returns the host at which this process reaches the ports that the engine publishes.
func publishedHost(ctx context.Context) (string, error) {
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return "", err
	}
	defer func() { _ = provider.Close() }()
	return provider.DaemonHost(ctx)
}

// bind chooses a free port of this machine for each port of a part. The engine would choose another one at every restart.
func bind(ctx context.Context, ports []string) (network.PortMap, error) {
	bindings := network.PortMap{}
	for _, text := range ports {
		port, err := network.ParsePort(text)
		if err != nil {
			return nil, fmt.Errorf("port %q: %w", text, err)
		}
		free, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		bindings[port] = []network.PortBinding{{HostIP: netip.IPv4Unspecified(), HostPort: strconv.Itoa(free)}}
	}
	return bindings, nil
}

// freePort looks below the ports that systems give to outgoing connections: one of those could take the place of a part
// that restarts.
func freePort(ctx context.Context) (int, error) {
	const lowest, count, attempts = 20000, 10000, 100
	for range attempts {
		port := lowest + rand.N(count)
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", ":"+strconv.Itoa(port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", lowest, lowest+count)
}

// removeAll removes the containers and networks of processes of this machine.
func removeAll(ctx context.Context, docker *client.Client, of func(process int) bool) error {
	here := client.Filters{}.Add("label", labelHost+"="+hostname())
	containers, err := docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: here})
	if err != nil {
		return err
	}
	networks, err := docker.NetworkList(ctx, client.NetworkListOptions{Filters: here})
	if err != nil {
		return err
	}
	var failures []error
	for _, c := range containers.Items {
		if process, err := strconv.Atoi(c.Labels[labelProcess]); err == nil && of(process) {
			failures = append(failures, removeContainer(ctx, docker, c.ID))
		}
	}
	for _, n := range networks.Items { // not before their containers
		if process, err := strconv.Atoi(n.Labels[labelProcess]); err == nil && of(process) {
			_, err := docker.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
			failures = append(failures, gone(err))
		}
	}
	return errors.Join(failures...)
}

func removeContainer(ctx context.Context, docker *client.Client, id string) error {
	_, err := docker.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	return gone(err)
}

// gone takes it as done when somebody else removes it: two test processes may start at once and find the same leftovers.
func gone(err error) error {
	if cerrdefs.IsNotFound(err) || cerrdefs.IsConflict(err) {
		return nil
	}
	return err
}
