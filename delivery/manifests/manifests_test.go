// Package manifests_test renders k8s/ as deployments do and checks the result, without a cluster.
package manifests_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/myevents/myevents/delivery/manifests/policy"
)

const (
	root     = "../.."
	version  = "0123456789ab"
	registry = "registry.example"

	// commandTime is a multiple of what rendering and checking take.
	commandTime = time.Minute
)

// environments are those of k8s/, and what is applied beside them.
func environments() []string { return []string{"local", "staging", "production", "logs"} }

// rendered has the manifests of all environments, each rendered once, when it is asked for. The program for it is on the path
// in `make test-manifests`.
var rendered = func() map[string]func() (string, error) {
	all := map[string]func() (string, error){}
	for _, environment := range environments() {
		all[environment] = sync.OnceValues(func() (string, error) {
			return run(nil, root+"/ci/render", environment, version, registry)
		})
	}
	return all
}()

func render(t *testing.T, environment string) []byte {
	t.Helper()
	out, err := rendered[environment]()
	require.NoError(t, err, out)
	return []byte(out)
}

// run runs a command with this on its standard input and returns what it printed, or with an error, what it complained of too.
func run(stdin []byte, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	if err := command.Run(); err != nil {
		return stdout.String() + stderr.String(), err
	}
	return stdout.String(), nil
}

// options compare manifests with images.env and with the keys that the Secrets of docs/kubernetes.md have.
func options(t *testing.T) policy.Options {
	t.Helper()
	pinned := read(t, "images.env")
	return policy.Options{
		Known: func(image string) bool {
			program, own := strings.CutPrefix(strings.TrimSuffix(image, ":"+version), registry+"/myevents/")
			if own {
				_, err := os.Stat(root + "/cmd/" + program)
				return err == nil
			}
			return strings.Contains(pinned, "_IMAGE="+image+"\n")
		},
		SecretKeys: map[string][]string{
			"myevents": terraformed(t), "gateway-tls": {"tls.crt", "tls.key"}, "elasticsearch": {"URL"},
			"external": {
				"ALERT_WEBHOOK_URL", "BROKER_URL", "BOOKING_STORE", "EVENT_STORE", "IDENTITY_STORE", "SEARCH_STORE", "SEARCH_INDEX",
			},
		},
		Ports: map[string]int{
			"ALERT_WEBHOOK_URL": 443, "BROKER_URL": 5671, "SEARCH_INDEX": 9200, "URL": 9200,
			"BOOKING_STORE": 27017, "EVENT_STORE": 27017, "IDENTITY_STORE": 27017, "SEARCH_STORE": 27017,
		},
	}
}

// terraformed returns the keys of the Secret that terraform makes.
func terraformed(t *testing.T) (keys []string) {
	t.Helper()
	_, secrets, found := strings.Cut(read(t, "terraform/modules/platform/variables.tf"), `variable "secrets" {`)
	require.True(t, found)
	secrets, _, _ = strings.Cut(secrets, "\n  })")
	for _, field := range regexp.MustCompile(`(?m)^ +(\w+) += string$`).FindAllStringSubmatch(secrets, -1) {
		if !strings.HasPrefix(field[1], "tls_") { // is gateway-tls
			keys = append(keys, strings.ToUpper(field[1]))
		}
	}
	require.NotEmpty(t, keys)
	return keys
}

func TestManifestsKeepTheRules(t *testing.T) {
	t.Parallel()
	for _, environment := range environments() {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			found, err := policy.Check(render(t, environment), options(t))
			require.NoError(t, err)
			for _, v := range found {
				t.Error(v)
			}
		})
	}
}

func TestAnAPIServerTakesTheManifests(t *testing.T) {
	t.Parallel()
	for _, environment := range environments() {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			out, err := conform(t, render(t, environment))
			require.NoError(t, err, out)
			require.Regexp(t, `Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0`, out)
		})
	}
}

// conform compares manifests with the schemas of the API server.
func conform(t *testing.T, manifests []byte) (string, error) {
	t.Helper()
	return run(manifests, "kubeconform", "-strict", "-summary", "-schema-location", root+"/k8s/schemas/{{.ResourceKind}}{{.KindSuffix}}.json")
}

func TestKubeScoreHasNothingToCriticise(t *testing.T) {
	t.Parallel()
	for _, environment := range environments() {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			out, err := score(t, render(t, environment))
			require.NoError(t, err, out)
		})
	}
}

// score has kube-score criticise manifests, but for two things: a version of an image never changes, so nobody has to pull it
// again; and pods are spread by topologySpreadConstraints.
func score(t *testing.T, manifests []byte) (string, error) {
	t.Helper()
	return run(manifests, "kube-score", "score", "--output-format", "ci", "--exit-one-on-warning",
		"--ignore-test", "container-image-pull-policy", "--ignore-test", "deployment-has-host-podantiaffinity", "-")
}

// manifest is what these tests look at.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
}

func manifests(t *testing.T, rendered []byte) (all []manifest) {
	t.Helper()
	for _, document := range bytes.Split(rendered, []byte("\n---\n")) {
		var m manifest
		require.NoError(t, yaml.Unmarshal(document, &m))
		all = append(all, m)
	}
	return all
}

func TestEnvironmentsHaveWhatTheyNeed(t *testing.T) {
	t.Parallel()
	for environment, want := range map[string][]string{
		"local":      {"Deployment/search", "StatefulSet/mongodb", "StatefulSet/rabbitmq", "PersistentVolumeClaim/search"},
		"staging":    {"Deployment/search", "StatefulSet/mongodb", "StatefulSet/rabbitmq", "PersistentVolumeClaim/search"},
		"production": {"Deployment/search", "HorizontalPodAutoscaler/search", "PodDisruptionBudget/search"},
	} {
		optional := []string{"StatefulSet/mongodb", "StatefulSet/rabbitmq", "HorizontalPodAutoscaler/search"}
		var names []string
		for _, m := range manifests(t, render(t, environment)) {
			names = append(names, m.Kind+"/"+m.Metadata.Name)
		}
		for _, name := range []string{"gateway", "booking", "event", "identity"} {
			want = append(want, "Deployment/"+name, "Service/"+name, "HorizontalPodAutoscaler/"+name, "PodDisruptionBudget/"+name)
		}
		want = append(want, "Ingress/gateway", "Deployment/zipkin", "StatefulSet/prometheus", "StatefulSet/alertmanager")
		require.Subset(t, names, want, environment)
		for _, name := range optional {
			require.Equal(t, slices.Contains(want, name), slices.Contains(names, name), "%s in %s", name, environment)
		}
	}
}

// TestConfigurationIsTheRepositorys compares what pods are given with the files that everybody else reads too.
func TestConfigurationIsTheRepositorys(t *testing.T) {
	t.Parallel()
	given := map[string]map[string]string{}
	for _, m := range append(manifests(t, render(t, "production")), manifests(t, render(t, "logs"))...) {
		if m.Kind == "ConfigMap" {
			given[regexp.MustCompile(`-[a-z0-9]{10}$`).ReplaceAllString(m.Metadata.Name, "")] = m.Data
		}
	}
	rules, err := filepath.Glob(root + "/observability/prometheus/rules/*")
	require.NoError(t, err)
	want := map[string]string{}
	for _, file := range rules {
		want[filepath.Base(file)] = read(t, "observability/prometheus/rules/"+filepath.Base(file))
	}
	require.Equal(t, want, given["prometheus-rules"])
	require.Equal(t, map[string]string{"prometheus.yml": read(t, "observability/prometheus/kubernetes.yml")}, given["prometheus"])
	require.Equal(t, map[string]string{"alertmanager.yml": read(t, "observability/alertmanager/alertmanager.yml")}, given["alertmanager"])
	want = map[string]string{}
	for _, file := range []string{"load", "pipeline.yml", "template.yml"} {
		want[file] = read(t, "observability/elasticsearch/"+file)
	}
	require.Equal(t, want, given["log-index"])
}

func TestOurImagesHaveNoRegistryUnlessOneIsNamed(t *testing.T) {
	t.Parallel()
	out, err := run(nil, root+"/ci/render", "local", version)
	require.NoError(t, err, out)
	require.Contains(t, out, "image: myevents/gateway:"+version+"\n")
	require.Contains(t, string(render(t, "local")), "image: "+registry+"/myevents/gateway:"+version+"\n")
}

func TestRenderRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	out, err := run(nil, root+"/ci/render", "moon", version)
	require.Error(t, err)
	require.Contains(t, out, "there is no k8s/overlays/moon")
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(content)
}
