// Package containers runs the real parts that the platform stands on, brokers and stores and what keeps its telemetry,
// as Docker containers for as long as a test process lives.
//
// A test package that starts containers has a TestMain that calls Main, which gives the process a network of its own and
// removes everything at its end. Parts find each other there by name; the test finds them at Address.
package containers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// Part is what runs in one container. Name, Image and Ready must be set.
type Part struct {
	// Name is the host name by which the other containers of this process reach it.
	Name string
	// Image is a key of images.env, such as RABBITMQ_IMAGE, or the name of an image.
	Image string
	Env   map[string]string
	Cmd   []string
	// Files are laid into the container before it starts: their contents by path.
	Files map[string]string
	// Ports are those that the test reaches, such as 5672/tcp. Each keeps its address however often the part restarts.
	Ports []string
	// Volumes are the paths of data that the part may write although its file system is read-only. They outlive
	// restarts, and are removed with the container.
	Volumes []string
	// Memory is the most that the container gets, in bytes; 0: 256 MiB.
	Memory int64
	// ReadOnly makes the file system read-only, but for Volumes.
	ReadOnly bool
	// User is who the part runs as, where that is not who its image says.
	User string
	// Reads are directories of the engine's machine that the part reads, at the same paths.
	Reads []string
	// Shipped gives the part's log to the Filebeat of this process.
	Shipped bool
	// Checked runs the health check of the image, over and over; otherwise nobody does: a program started in a container is
	// dear, and a dozen of parts start one every five seconds.
	Checked bool
	// Ready tells when the part can be used, by default within a minute. Engines accept connections to ports nobody
	// listens on yet, and keep the log of earlier runs: ask the part over its protocol.
	Ready wait.Strategy
}

const (
	defaultMemory = int64(256 << 20)
	portAttempts  = 5  // for ports that somebody else took a moment before the container could
	shownOfLogs   = 30 // lines that the error of a start shows
)

// Start runs a part and returns when it is ready. Where it does not get ready, it is removed, and the error ends with
// what it logged last.
func Start(ctx context.Context, p Part) (*Container, error) {
	docker, err := engine(ctx)
	if err != nil {
		return nil, err
	}
	image, err := localImage(ctx, docker, p.Image)
	if err != nil {
		return nil, err
	}
	for range portAttempts {
		var c *Container
		if c, err = run(ctx, docker, image, p); err == nil {
			return c, nil
		}
		if !strings.Contains(err.Error(), "port is already allocated") && !strings.Contains(err.Error(), "address already in use") {
			break
		}
	}
	return nil, fmt.Errorf("start %s: %w", p.Name, err)
}

func run(ctx context.Context, docker *client.Client, image string, p Part) (*Container, error) {
	host, err := publishedHost(ctx)
	if err != nil {
		return nil, err
	}
	bindings, err := bind(ctx, p.Ports)
	if err != nil {
		return nil, err
	}
	c := &Container{name: p.Name, docker: docker, addresses: map[string]string{}}
	for port, to := range bindings {
		c.addresses[port.String()] = net.JoinHostPort(host, to[0].HostPort)
	}
	c.running, err = testcontainers.Run(ctx, image, p.request(bindings))
	if err != nil {
		return nil, c.remove(ctx, err)
	}
	return c, nil
}

// request is the part in the words of testcontainers.
func (p Part) request(bindings network.PortMap) testcontainers.CustomizeRequestOption {
	return func(r *testcontainers.GenericContainerRequest) error {
		r.Name = fmt.Sprintf("%s-%s-%04x", networkName(), p.Name, rand.N(0x10000)) // for people; a process may run a part twice
		r.Env, r.Cmd, r.ExposedPorts, r.WaitingFor = p.Env, p.Cmd, p.Ports, p.Ready
		r.Networks, r.NetworkAliases = []string{networkName()}, map[string][]string{networkName(): {p.Name}}
		r.Labels = labels()
		r.ConfigModifier = func(c *container.Config) {
			c.User = p.User
			if !p.Checked {
				c.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}}
			}
		}
		for path, content := range p.Files {
			r.Files = append(r.Files, testcontainers.ContainerFile{
				Reader: strings.NewReader(content), ContainerFilePath: path, FileMode: 0o644,
			})
		}
		r.HostConfigModifier = func(h *container.HostConfig) {
			h.PortBindings, h.ReadonlyRootfs = bindings, p.ReadOnly
			h.Memory = cmp.Or(p.Memory, defaultMemory)
			h.MemorySwap = h.Memory // none beside it
			for _, path := range p.Volumes {
				h.Mounts = append(h.Mounts, mount.Mount{Type: mount.TypeVolume, Target: path})
			}
			for _, path := range p.Reads {
				h.Mounts = append(h.Mounts, mount.Mount{Type: mount.TypeBind, Source: path, Target: path, ReadOnly: true})
			}
			if p.Shipped {
				h.LogConfig = container.LogConfig{Type: "json-file", Config: map[string]string{"tag": networkName() + "/" + p.Name}}
			}
		}
		return nil
	}
}

// remove returns why the container had to go, with the end of its log.
func (c *Container) remove(ctx context.Context, why error) error {
	if c.running == nil {
		return why
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	logs, err := c.Logs(ctx)
	lines := strings.Split(strings.TrimSpace(logs), "\n")
	lines = lines[max(0, len(lines)-shownOfLogs):]
	return errors.Join(fmt.Errorf("%w\n%s", why, strings.Join(lines, "\n")), err, removeContainer(ctx, c.docker, c.running.GetContainerID()))
}
