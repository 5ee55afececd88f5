// Package images_test looks at the images that `make service-images` has built, and runs them as they ship.
package images_test

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go/wait"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/containers"
)

const (
	root    = "../.."
	maxSize = 60e6 // bytes of an image
)

func TestMain(m *testing.M) { os.Exit(containers.Main(m, os.Stderr)) }

func TestAnImageHoldsOneProgramForNobodyInParticular(t *testing.T) {
	t.Parallel()
	docker := engine(t)
	for _, program := range programs(t) {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			image, err := docker.ImageInspect(t.Context(), containers.Own(program))
			require.NoError(t, err, "`make service-images` builds it")
			require.Less(t, image.Size, int64(maxSize))
			require.Equal(t, "65532:65532", image.Config.User)
			require.Equal(t, []string{"/service"}, image.Config.Entrypoint)
			require.Contains(t, image.Config.ExposedPorts, "8080/tcp")
			require.Contains(t, image.Config.ExposedPorts, "9100/tcp")
			require.Len(t, image.Config.ExposedPorts, 2)
			require.Equal(t, []string{"CMD", "/service", "healthcheck"}, image.Config.Healthcheck.Test)
			require.Equal(t, []string{"etc/ssl/certs/ca-certificates.crt", "service"}, names(files(t, docker, program)), "no shell, no tools")
		})
	}
}

func TestAnImageSaysWhatItIsAndWhenThatWasCommitted(t *testing.T) {
	t.Parallel()
	docker := engine(t)
	for _, program := range programs(t) {
		labels := labels(t, docker, program)
		label := func(name string) string { return labels["org.opencontainers.image."+name] }
		require.Equal(t, program, label("title"))
		require.Regexp(t, "^https://", label("source"))
		require.Regexp(t, "^[0-9a-f]{40}$", label("revision"))
		require.Equal(t, label("revision")[:12], strings.TrimSuffix(label("version"), "-dirty"))
		require.Equal(t, output(t, root, "git", "log", "-1", "--format=%cI", label("revision")), label("created"))
	}
}

// The image's build and this one share neither directory nor cache nor user.
func TestTheSameSourceGivesTheSameProgramInAnyPlace(t *testing.T) {
	t.Parallel()
	docker := engine(t)
	version := labels(t, docker, "gateway")["org.opencontainers.image.version"]
	copied := copySource(t)
	build := exec.CommandContext(t.Context(), "make", "--no-print-directory", "build", "VERSION="+version)
	build.Dir = copied
	build.Env = append(os.Environ(), "GOTOOLCHAIN="+goVersion(t, files(t, docker, "gateway")["service"]))
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	for _, program := range programs(t) {
		built, err := os.ReadFile(copied + "/build/bin/" + program)
		require.NoError(t, err)
		require.Equal(t, digest(built), digest(files(t, docker, program)["service"]),
			"%s in the image is another one: built from other sources (`make service-images`), or not reproducible", program)
	}
}

func TestTheServicesRunOnAReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	nats, err := containers.Start(t.Context(), containers.NATS())
	require.NoError(t, err)
	nats.LogOnFailure(t)
	// The others get ready once they have the keys of tokens.
	require.NoError(t, start(t.Context(), "identity", "identityservice", "PEPPER", "salt"))
	rest, ctx := errgroup.WithContext(t.Context())
	for _, name := range []string{"event", "booking", "search"} {
		rest.Go(func() error { return start(ctx, name, name+"service") })
	}
	rest.Go(func() error { return start(ctx, "gateway", "gateway") })
	require.NoError(t, rest.Wait())
}

// start returns when the container's own health check has passed.
func start(ctx context.Context, name, program string, settings ...string) error {
	env := map[string]string{"BROKER_URL": "nats://nats:4222", "OTEL_TRACES_EXPORTER": "none"}
	for pair := range slices.Chunk(settings, 2) {
		env[pair[0]] = pair[1]
	}
	_, err := containers.Start(ctx, containers.Part{
		Name: name, Image: containers.Own(program), Env: env, ReadOnly: true, Volumes: []string{"/data"},
		Checked: true, Ready: wait.ForHealthCheck(),
	})
	return err
}

func TestAllInOneRunsOnAReadOnlyFileSystemAndTellsItsVersion(t *testing.T) {
	t.Parallel()
	c, err := containers.Start(t.Context(), containers.Part{
		Name: "myevents", Image: containers.Own("myevents"), ReadOnly: true, Volumes: []string{"/data"},
		Env: map[string]string{"ADMIN_LISTEN": ":9200"}, Ports: []string{"9200/tcp"}, // the health check has to look there too
		Checked: true, Ready: wait.ForHealthCheck(),
	})
	require.NoError(t, err)
	c.LogOnFailure(t)
	res, err := http.Get("http://" + c.Address("9200/tcp") + "/healthz/booking")
	require.NoError(t, err)
	defer res.Body.Close()
	var health struct{ Status, Version string }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&health))
	require.Equal(t, "ok", health.Status)
	require.Equal(t, labels(t, engine(t), "myevents")["org.opencontainers.image.version"], health.Version)
}

// programs are the commands that are shipped: all but the one that writes the API documents.
func programs(t *testing.T) (all []string) {
	t.Helper()
	commands, err := os.ReadDir(root + "/cmd")
	require.NoError(t, err)
	for _, command := range commands {
		if command.Name() != "contracts" {
			all = append(all, command.Name())
		}
	}
	return all
}

func engine(t *testing.T) *client.Client {
	t.Helper()
	docker, err := client.New(client.FromEnv)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, docker.Close()) })
	return docker
}

func labels(t *testing.T, docker *client.Client, program string) map[string]string {
	t.Helper()
	image, err := docker.ImageInspect(t.Context(), containers.Own(program))
	require.NoError(t, err, "`make service-images` builds it")
	return image.Config.Labels
}

// files returns what is in the image of a program, without what the engine adds.
func files(t *testing.T, docker *client.Client, program string) map[string][]byte {
	t.Helper()
	created, err := docker.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Config: &container.Config{Image: containers.Own(program), Labels: map[string]string{"org.myevents.test": t.Name()}},
	})
	require.NoError(t, err)
	defer func() {
		_, err := docker.ContainerRemove(context.WithoutCancel(t.Context()), created.ID, client.ContainerRemoveOptions{})
		require.NoError(t, err)
	}()
	exported, err := docker.ContainerExport(t.Context(), created.ID, client.ContainerExportOptions{})
	require.NoError(t, err)
	defer exported.Close()
	engines := []string{".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf"}
	found := map[string][]byte{}
	for archive := tar.NewReader(exported); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		if header.Typeflag == tar.TypeDir || slices.Contains(engines, header.Name) {
			continue
		}
		found[header.Name], err = io.ReadAll(archive)
		require.NoError(t, err)
	}
}
