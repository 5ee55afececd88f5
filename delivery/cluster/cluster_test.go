// Package cluster_test deploys the platform to a real Kubernetes by the commands that people and pipelines use, and does to it
// there what happens to deployments.
package cluster_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestADeployment is one story on one cluster: each part begins with what the one before has left.
func TestADeployment(t *testing.T) {
	p := start(t)
	p.deploy(t, p.version)
	tell := []struct {
		that string
		part func(*testing.T, *platform)
	}{
		{"a second plan is empty", secondPlanIsEmpty},
		{"all pods are ready", allPodsAreReady},
		{"the smoke features pass", smokeFeaturesPass},
		{"the pipeline's account may deploy, and nothing else", deployerMayDeployOnly},
		{"a killed pod is replaced", killedPodIsReplaced},
		{"no second pod is evicted while the first is missed", evictionsRespectTheBudget},
		{"a pod that asks for too much is refused", privilegedPodIsRefused},
		{"updates, and a release that never gets ready, lose no booking", updatesLoseNothing},
		{"strangers find all doors closed but the front one", networkPoliciesAreEnforced},
		{"what grew with the crowd has shrunk without", silenceMakesItShrink},
		{"no secret is in an output or a log", secretsAreNotTold},
	}
	for _, chapter := range tell {
		if !t.Run(chapter.that, func(t *testing.T) { chapter.part(t, p) }) {
			p.describe(t)
			return
		}
	}
}

func secondPlanIsEmpty(t *testing.T, p *platform) {
	p.run(t, "ci/tofu", "local", "plan", "-detailed-exitcode")
}

func allPodsAreReady(t *testing.T, p *platform) {
	p.kubectl(t, "wait", "--for", "condition=Ready", "pods", "--all", "--timeout", "60s")
	require.Eventually(t, func() bool {
		return p.query(t, "count(count_values(\"at\",myevents_deployment_timestamp_seconds)) or vector(0)") == "1"
	}, time.Minute, time.Second, "the pods of one release do not tell one time")
	for _, name := range []string{"gateway", "booking", "event", "identity", "search"} {
		require.Equal(t, "myevents/"+program(name)+":"+p.version, p.image(t, name))
	}
}

func smokeFeaturesPass(t *testing.T, p *platform) {
	require.Contains(t, p.run(t, "make", "smoke", "ENV=local"), "ok")
}

// deployerMayDeployOnly signs in as a pipeline does, and looks at what it is let.
func deployerMayDeployOnly(t *testing.T, p *platform) {
	token := p.kubectl(t, "create", "token", "deployer", "--duration", "10m")
	authority := p.kubectl(t, "config", "view", "--raw", "--output", "jsonpath={.clusters[0].cluster.certificate-authority-data}")
	server := p.kubectl(t, "config", "view", "--output", "jsonpath={.clusters[0].cluster.server}")
	deployer := p.with(
		"KUBECONFIG="+filepath.Join(t.TempDir(), "kubeconfig"),
		"KUBE_SERVER="+server, "KUBE_CA_CERT="+decoded(t, authority), "KUBE_TOKEN="+token,
	)
	deployer.run(t, "ci/kubeconfig")
	deployer.run(t, "ci/tofu", "local", "plan", "-detailed-exitcode")
	require.Contains(t, deployer.run(t, "make", "verify", "VERIFY_SECONDS=0"), "YES: "+p.version+" alone runs in all five services")
	for _, may := range []string{"create deployments.apps", "patch configmaps", "delete networkpolicies.networking.k8s.io"} {
		deployer.run(t, "bash", "-c", "$KUBECTL --namespace myevents auth can-i "+may)
	}
	for _, mayNot := range []string{
		"get secrets --namespace kube-system", "create namespaces", "patch namespaces/myevents", "create pods --namespace myevents",
		"create pods/exec --namespace myevents", "patch resourcequotas --namespace myevents", "create clusterroles.rbac.authorization.k8s.io",
	} {
		said, err := deployer.try(t, time.Minute, "bash", "-c", "$KUBECTL auth can-i "+mayNot)
		require.Error(t, err, mayNot)
		require.Contains(t, said, "no", mayNot)
	}
}

// undeployLeavesNothing runs in any case, after all the others.
func undeployLeavesNothing(t *testing.T, p *platform) {
	p.run(t, "make", "undeploy", "ENV=local")
	require.Empty(t, p.kubectl(t, "get", "namespace", "myevents", "--ignore-not-found"))
	ours := "app.kubernetes.io/part-of=myevents"
	require.Empty(t, p.kubectl(t, "get", "clusterroles,clusterrolebindings", "--selector", ours, "--output", "name"))
	require.Eventually(t, func() bool { return p.kubectl(t, "get", "persistentvolumes", "--output", "name") == "" },
		time.Minute, time.Second, "volumes are still there")
	require.Empty(t, p.run(t, "ci/tofu", "local", "state", "list"))
	_, err := os.Stat(filepath.Join(p.root, "build/terraform/local.plan"))
	require.ErrorIs(t, err, os.ErrNotExist, "a plan has secrets in it")
}
