package cluster_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// greedy is a pod in the network of its node, and as whoever its image likes.
const greedy = `
apiVersion: v1
kind: Pod
metadata: {name: greedy}
spec:
  hostNetwork: true
  containers:
    - {name: shell, image: "debian:bookworm-slim"}
`

func privilegedPodIsRefused(t *testing.T, p *platform) {
	said, err := p.try(t, time.Minute, "bash", "-c", `"$0" --namespace myevents create --filename - <<<"$1"`, os.Getenv("KUBECTL"), greedy)
	require.Error(t, err)
	require.Contains(t, said, `violates PodSecurity "restricted`)
	for _, why := range []string{"host namespaces", "runAsNonRoot", "seccompProfile"} {
		require.Contains(t, said, why)
	}
}

// stranger is a pod that tries doors, and says which are open.
const stranger = `
apiVersion: v1
kind: Pod
metadata: {name: stranger, namespace: NAMESPACE}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: shell
      image: IMAGE
      imagePullPolicy: IfNotPresent
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      command:
        - bash
        - -c
        - |
          sleep 3 # policies filter a pod once its address is known, which it is when it runs
          for door in kube-dns.kube-system/53 gateway.myevents/8080 booking.myevents/8080 mongodb.myevents/27017 rabbitmq.myevents/5672; do
            if timeout 3 bash -c "</dev/tcp/$door" 2>/dev/null; then echo "$door"; fi
          done
`

// networkPoliciesAreEnforced lets strangers knock. That the policies keep no friend out, the smoke features have shown.
func networkPoliciesAreEnforced(t *testing.T, p *platform) {
	image := p.run(t, "sed", "-n", "s/^DEBIAN_IMAGE=//p", "images.env")
	p.run(t, "ci/cluster", "load", image)
	for namespace, open := range map[string]string{
		"myevents": "kube-dns.kube-system/53",                        // nobody in there may go anywhere unless it is said
		"default":  "kube-dns.kube-system/53\ngateway.myevents/8080", // and who is elsewhere may come to the front door
	} {
		pod := strings.NewReplacer("NAMESPACE", namespace, "IMAGE", image).Replace(stranger)
		p.run(t, "bash", "-c", `"$0" apply --filename - <<<"$1"`, os.Getenv("KUBECTL"), pod)
		// The last of two that are named counts.
		p.kubectl(t, "--namespace", namespace, "wait", "--for", "jsonpath={.status.phase}=Succeeded", "pod/stranger", "--timeout", "60s")
		require.Equal(t, open, p.kubectl(t, "--namespace", namespace, "logs", "stranger"), "from %s", namespace)
		p.kubectl(t, "--namespace", namespace, "delete", "pod", "stranger", "--now")
	}
}

// secretsAreNotTold searches all that was said since the beginning, and what tofu gives out and logs.
func secretsAreNotTold(t *testing.T, p *platform) {
	said := p.run(t, "ci/tofu", "local", "output", "-json") + p.said.String()
	logs, err := filepath.Glob(filepath.Join(p.root, "build/terraform/local*.log"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	for _, log := range logs {
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		said += string(text)
	}
	require.Contains(t, said, "(sensitive value)", "the plan should have been among it")
	for name, value := range p.secrets {
		for _, form := range []string{value, base64.StdEncoding.EncodeToString([]byte(value))} {
			require.Zero(t, strings.Count(said, form), "%s is in what was said", name) // NotContains would say it once more
		}
	}
	state, err := os.Stat(filepath.Join(p.root, "build/terraform/local.tfstate"))
	require.NoError(t, err)
	require.Zero(t, state.Mode().Perm()&0o077, "the state has secrets in it, and others may read it")
}
