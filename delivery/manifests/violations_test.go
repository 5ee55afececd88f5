package manifests_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/delivery/manifests/policy"
)

// violation is a change to a manifest that breaks a rule.
type violation struct {
	rule     policy.Rule
	resource string // the manifest that is changed, as kind and name
	old, new string
	says     string // what the complaint has in it: the resource and the field that are wrong
}

// violations has each rule broken at least once.
func violations() []violation {
	return append(violationsOfPods(), violationsOfOthers()...)
}

func violationsOfPods() []violation {
	const booking = "Deployment/booking"
	return []violation{
		{policy.ImageVersion, booking, "bookingservice:" + version, "bookingservice:latest", "containers[service].image"},
		{policy.ImageVersion, booking, "bookingservice:" + version, "bookingservice", "names no version"},
		{policy.ImageKnown, "StatefulSet/mongodb", "image: mongo:", "image: mango:", "StatefulSet/mongodb: containers[mongodb].image: mango:"},
		{policy.ImageKnown, booking, "bookingservice:", "bockingservice:", "neither ours nor in images.env"},
		{policy.Restricted, booking, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "securityContext.readOnlyRootFilesystem"},
		{policy.Restricted, booking, "allowPrivilegeEscalation: false", "privileged: true", "securityContext.privileged"},
		{policy.Restricted, booking, "- ALL", "- KILL", "securityContext.capabilities.drop"},
		{policy.Restricted, booking, "runAsUser: 65532", "runAsUser: 0", "Deployment/booking: securityContext.runAsUser"},
		{policy.Restricted, booking, "runAsNonRoot: true", "runAsNonRoot: false", "Deployment/booking: securityContext.runAsNonRoot"},
		{policy.Restricted, booking, "type: RuntimeDefault", "type: Unconfined", "securityContext.seccompProfile.type"},
		{policy.Restricted, booking, "enableServiceLinks: false", "enableServiceLinks: false\n      hostNetwork: true", "hostNetwork"},
		{policy.Restricted, booking, "sizeLimit: 64Mi", "sizeLimit: 64Mi\n        hostPath: {path: /}", "volumes[data].hostPath"},
		{policy.Token, booking, "automountServiceAccountToken: false", "automountServiceAccountToken: true",
			"automountServiceAccountToken: must be false"},
		{policy.Token, "StatefulSet/prometheus", "automountServiceAccountToken: true", "automountServiceAccountToken: false", "must be true"},
		{policy.Token, "ServiceAccount/booking", "automountServiceAccountToken: false", "automountServiceAccountToken: true",
			"ServiceAccount/booking"},
		{policy.Token, booking, "serviceAccountName: booking", "serviceAccountName: boking", `there is no ServiceAccount "boking"`},
		{policy.Token, booking, "enableServiceLinks: false", "enableServiceLinks: true", "enableServiceLinks"},
		{policy.Probes, booking, "readinessProbe:", "x:", "containers[service].readinessProbe: is missing"},
		{policy.ProbePort, booking, "path: /livez\n            port: admin", "path: /livez\n            port: metrics",
			"there is no port metrics"},
		{policy.PreStop, booking, "sleep:\n              seconds: 5", "sleep:\n              seconds: 0", "lifecycle.preStop.sleep"},
		{policy.Grace, booking, "terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 20", "20s is not more than the 20s"},
		{policy.Grace, "ConfigMap/settings", "SHUTDOWN_TIMEOUT: 15s", "SHUTDOWN_TIMEOUT: 25s", "terminationGracePeriodSeconds"},
		{policy.Resources, booking, "memory: 128Mi", "x: 1Mi", "resources.limits.memory"},
		{policy.Resources, booking, "cpu: 50m", "x: 1m", "resources.requests.cpu"},
		{policy.Memory, "ConfigMap/settings", "GOMEMLIMIT: 100MiB", "GOMEMLIMIT: 128MiB", "128MiB must be less than the limit, 128Mi"},
		{policy.Scrape, booking, `prometheus.io/port: "9100"`, `prometheus.io/port: "9200"`, `there is no port "9200"`},
		{policy.Scrape, booking, `prometheus.io/scrape: "true"`, `prometheus.io/scrape: "false"`, "annotations[prometheus.io/scrape]"},
		{policy.Variables, booking, "- name: RABBITMQ_USER", "- name: RABBIT_USER", "env[BROKER_URL]: $(RABBITMQ_USER) is not set before it"},
		{policy.Variables, booking, "- name: PEERS", "- name: ADMIN_PEERS", "env[ADMIN_PEERS]: is there twice"},
		{policy.URLs, booking, "@rabbitmq:5672", "@rabbit:5672", "env[BROKER_URL]: there is no Service rabbit with the port 5672"},
		{policy.URLs, booking, "identity=http://identity:8080", "identity=http://identity:80", "env[PEERS]"},
		{policy.SecretKeys, booking, "key: ADMIN_TOKEN", "key: ADMIN", "env[ADMIN_TOKEN]: nobody makes the key ADMIN of the Secret myevents"},
		{policy.SecretKeys, "StatefulSet/alertmanager", "key: ALERT_WEBHOOK_URL", "key: WEBHOOK",
			"nobody makes the key WEBHOOK of the Secret external"},
		{policy.SecretKeys, booking, "- configMapRef:\n            name: ", "- secretRef:\n            name: ", "takes all of a Secret"},
		{policy.ConfigMapThere, booking, "configMapRef:\n            name: settings", "configMapRef:\n            name: settling",
			"containers[service].envFrom"},
		{policy.Volumes, "Deployment/search", "claimName: search", "claimName: searches", `there is no claim "searches"`},
		{policy.Volumes, booking, "mountPath: /data\n          name: data", "mountPath: /data\n          name: date",
			"volumes[data]: is not mounted"},
		{policy.OneOwner, "Deployment/search", "replicas: 1", "replicas: 2", "Deployment/search: volumes[data]: a claim has one pod"},
		{policy.OneOwner, "Deployment/search", "type: Recreate", "type: RollingUpdate", "volumes[data]"},
		{policy.Scaling, booking, "revisionHistoryLimit: 5", "replicas: 2",
			"Deployment/booking: spec.replicas: is HorizontalPodAutoscaler/booking's to say"},
		{policy.Spread, booking, "topologySpreadConstraints:", "x:", "topologySpreadConstraints"},
	}
}

func violationsOfOthers() []violation {
	return []violation{
		{policy.ByReference, "ServiceAccount/event", "kind: ServiceAccount", "kind: Secret", "Secret/event: kind"},
		{policy.LeastRights, "Role/prometheus", "- watch", `- "*"`, "Role/prometheus: rules"},
		{policy.Used, "ServiceAccount/event", "name: event", "name: evening", "ServiceAccount/evening: metadata.name"},
		{policy.Used, "PersistentVolumeClaim/search", "name: search", "name: old", "PersistentVolumeClaim/old"},
		{policy.Used, "ConfigMap/alertmanager", "name: alertmanager", "name: old", "ConfigMap/old"},
		{policy.Selects, "Service/booking", "app.kubernetes.io/name: booking", "app.kubernetes.io/name: boking",
			"Service/booking: spec.selector"},
		{policy.Selects, "PodDisruptionBudget/booking", "app.kubernetes.io/name: booking", "app.kubernetes.io/name: b",
			"PodDisruptionBudget/booking"},
		{policy.Selects, "HorizontalPodAutoscaler/booking", "Deployment\n    name: booking", "Deployment\n    name: boking",
			`there is no Deployment "boking"`},
		{policy.Selects, "NetworkPolicy/booking", "matchLabels:\n      app.kubernetes.io/name: booking", "matchLabels:\n      a: b",
			"spec.podSelector"},
		{policy.Selects, "NetworkPolicy/booking", "app.kubernetes.io/name: zipkin", "app.kubernetes.io/name: jaeger", "selects nobody"},
		{policy.ServicePort, "Service/booking", "targetPort: http", "targetPort: web", `Deployment/booking has no port "web"`},
		{policy.IngressBackend, "Ingress/gateway", "name: http", "name: https", "Ingress/gateway: spec.rules.http.paths.backend"},
		{policy.TLS, "Ingress/gateway", "secretName: gateway-tls", "secretName: other-tls", "myevents.localhost has no certificate"},
		{policy.TLS, "Ingress/gateway", "host: myevents.localhost", "host: shop.example", "shop.example has no certificate"},
		{policy.Budget, "PodDisruptionBudget/booking", "kind: PodDisruptionBudget", "kind: Other", "Deployment/booking"},
		{policy.Eviction, "PodDisruptionBudget/booking", "maxUnavailable: 1", "maxUnavailable: 0",
			"PodDisruptionBudget/booking: spec.maxUnavailable"},
		{policy.DefaultDeny, "NetworkPolicy/default-deny", "podSelector: {}", "podSelector: {matchLabels: {a: b}}",
			"no NetworkPolicy of myevents denies"},
		{policy.DefaultDeny, "NetworkPolicy/default-deny", "- Egress", "- Other", "no NetworkPolicy of myevents denies"},

		// An end too few, of either side.
		{policy.NetworkEdges, "NetworkPolicy/booking", "app.kubernetes.io/name: identity", "app.kubernetes.io/name: booking",
			"NetworkPolicy/booking: spec.egress: booking to identity:8080 is missing, which PEERS needs"},
		{policy.NetworkEdges, "NetworkPolicy/mongodb", "- search", "- gateway",
			"NetworkPolicy/mongodb: spec.ingress: search to mongodb:27017 is missing, which STORE needs"},
		{policy.NetworkEdges, "NetworkPolicy/prometheus", "port: 9093", "port: 9094", "prometheus to alertmanager:9093 is missing"},
		{policy.NetworkEdges, "NetworkPolicy/prometheus", "port: 6443", "port: 8443",
			"prometheus to outside:6443 is missing, which the API server needs"},
		{policy.NetworkEdges, "NetworkPolicy/dns", "port: 53", "port: 54", "to outside:53 is missing"},
		{policy.NetworkEdges, "NetworkPolicy/gateway", "  - ports:\n    - port: 8080", "  - ports:\n    - port: 8081",
			"outside to gateway:8080 is missing, which Ingress/gateway needs"},
		// A setting that names another one than the policies do.
		{policy.NetworkEdges, "Deployment/event", "identity=http://identity:8080", "booking=http://booking:8080",
			"event to booking:8080 is missing, which PEERS needs"},
		{policy.NetworkEdges, "Deployment/event", "identity=http://identity:8080", "none",
			"event to identity:8080 is let out, and no setting names it"},
		// Too much.
		{policy.NetworkEdges, "NetworkPolicy/mongodb", "- search", "- search\n          - gateway",
			"NetworkPolicy/mongodb: spec.ingress: gateway to mongodb:27017 is let in, and no setting names it"},
		{policy.NetworkEdges, "NetworkPolicy/event", "port: 9411", "port: 9411\n    - port: 25", "event to zipkin:25 is let out"},
		{policy.NetworkEdges, "NetworkPolicy/alertmanager", "ports:\n    - port: 443", "x: y",
			"NetworkPolicy/alertmanager: spec.egress: every port"},
		{policy.Monitoring, "Service/alertmanager", "port: 9093", "port: 9094", "there is no Service alertmanager with the port 9093"},
	}
}

func TestEveryRuleRefusesWhatBreaksIt(t *testing.T) {
	t.Parallel()
	local := string(render(t, "local"))
	o := options(t)
	broken := map[policy.Rule]bool{}
	for _, v := range violations() {
		broken[v.rule] = true
		refused(t, local, o, v)
	}
	for _, r := range policy.Rules() {
		require.True(t, broken[r.Rule], "nobody has broken the rule %s", r.Rule)
	}
}

// TestOthersServersAreReachedAndNothingElse breaks the edges of those who need what is outside of the cluster.
func TestOthersServersAreReachedAndNothingElse(t *testing.T) {
	t.Parallel()
	for environment, all := range map[string][]violation{
		"production": {
			{policy.NetworkEdges, "NetworkPolicy/to-external", "port: 5671", "port: 5672",
				"gateway to outside:5671 is missing, which the URL in BROKER_URL"},
			{policy.NetworkEdges, "NetworkPolicy/to-external-stores", "- search", "- gateway", "search to outside:27017 is missing"},
			{policy.NetworkEdges, "NetworkPolicy/to-external-stores", "- search", "- gateway", "gateway to outside:27017 is let out"},
			{policy.NetworkEdges, "NetworkPolicy/to-elasticsearch", "port: 9200", "port: 9300", "search to outside:9200 is missing"},
			{policy.NetworkEdges, "Deployment/search", "key: SEARCH_INDEX", "key: SEARCH_STORE", "search to outside:9200 is let out"},
		},
		"logs": {
			{policy.NetworkEdges, "NetworkPolicy/to-elasticsearch", "port: 9200", "port: 9300", "filebeat to outside:9200 is missing"},
			{policy.DefaultDeny, "NetworkPolicy/default-deny", "podSelector: {}", "podSelector: {matchLabels: {a: b}}", "myevents-logs"},
			{policy.Restricted, "Namespace/myevents-logs", "enforce: privileged", "enforce: baseline",
				"volumes[pods].hostPath: reaches into the node"},
			{policy.Restricted, "DaemonSet/filebeat", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "DaemonSet/filebeat"},
		},
	} {
		for _, v := range all {
			refused(t, string(render(t, environment)), options(t), v)
		}
	}
}

// refused requires that a violation is complained of.
func refused(t *testing.T, manifests string, o policy.Options, v violation) {
	t.Helper()
	t.Run(string(v.rule)+" "+v.resource, func(t *testing.T) {
		found, err := policy.Check([]byte(change(t, manifests, v)), o)
		require.NoError(t, err)
		var complaints []string
		for _, f := range found {
			if f.Rule == v.rule {
				complaints = append(complaints, f.String())
			}
		}
		require.NotEmpty(t, complaints, "%q instead of %q: %v", v.new, v.old, found)
		require.Contains(t, strings.Join(complaints, "\n"), v.says)
	})
}

// change returns manifests in which one is changed, and fails where there is nothing to change.
func change(t *testing.T, rendered string, v violation) string {
	t.Helper()
	kind, name, _ := strings.Cut(v.resource, "/")
	documents := strings.Split(rendered, "\n---\n")
	for i, d := range documents {
		if !strings.Contains("\n"+d, "\nkind: "+kind+"\n") || !strings.Contains(d, "\n  name: "+name) || !strings.Contains(d, v.old) {
			continue
		}
		documents[i] = strings.ReplaceAll(d, v.old, v.new)
		return strings.Join(documents, "\n---\n")
	}
	require.Fail(t, "there is nothing to change", "%s: %s", v.resource, v.old)
	return ""
}

func TestTheAPIServersSchemasRefuseWhatItWould(t *testing.T) {
	t.Parallel()
	local := string(render(t, "local"))
	for _, v := range []violation{
		{resource: "Deployment/booking", old: "revisionHistoryLimit: 5", new: "historyLimit: 5", says: "historyLimit"},
		{resource: "Deployment/booking", old: "revisionHistoryLimit: 5", new: "revisionHistoryLimit: five", says: "revisionHistoryLimit"},
		{resource: "NetworkPolicy/booking", old: "podSelector:", new: "podSelektor:", says: "podSelektor"},
		{resource: "Service/booking", old: "kind: Service", new: "kind: Servise", says: "Servise"},
		{resource: "Deployment/booking", old: "apiVersion: apps/v1", new: "apiVersion: apps/v1beta1",
			says: "could not find schema for Deployment"},
	} {
		out, err := conform(t, []byte(change(t, local, v)))
		require.Error(t, err, "%s instead of %s", v.new, v.old)
		require.Contains(t, out, v.says)
	}
}

func TestKubeScoreRefusesWhatBreaksItsOwnRules(t *testing.T) {
	t.Parallel()
	local := string(render(t, "local"))
	out, err := score(t, []byte(change(t, local, violation{
		resource: "Deployment/booking", old: "readOnlyRootFilesystem: true", new: "readOnlyRootFilesystem: false",
	})))
	require.Error(t, err)
	require.Contains(t, out, "booking/myevents apps/v1/Deployment")
}

// TestRulesAreDocumented compares the table of docs/kubernetes.md with the rules.
func TestRulesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(root + "/docs/kubernetes.md")
	require.NoError(t, err)
	for _, r := range policy.Rules() {
		require.Contains(t, string(page), "| `"+string(r.Rule)+"` | "+r.Holds+" |")
	}
}
