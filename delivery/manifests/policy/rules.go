package policy

// Rule is the name of a rule.
type Rule string

// The rules; Rules says what each is about.
const (
	ImageVersion   Rule = "image-version"
	ImageKnown     Rule = "image-known"
	Restricted     Rule = "restricted"
	Token          Rule = "service-account-token"
	LeastRights    Rule = "least-rights"
	Probes         Rule = "probes"
	ProbePort      Rule = "probe-port"
	PreStop        Rule = "pre-stop"
	Grace          Rule = "grace"
	Resources      Rule = "resources"
	Memory         Rule = "memory"
	Scrape         Rule = "scrape"
	Variables      Rule = "variables"
	URLs           Rule = "urls"
	ByReference    Rule = "secrets-by-reference"
	SecretKeys     Rule = "secret-keys"
	ConfigMapThere Rule = "configmap"
	Volumes        Rule = "volumes"
	OneOwner       Rule = "one-owner"
	Used           Rule = "used"
	Selects        Rule = "selector"
	ServicePort    Rule = "service-port"
	IngressBackend Rule = "ingress-backend"
	TLS            Rule = "tls"
	Scaling        Rule = "scaling"
	Spread         Rule = "spread"
	Budget         Rule = "budget"
	Eviction       Rule = "eviction"
	DefaultDeny    Rule = "default-deny"
	NetworkEdges   Rule = "network-edges"
	Monitoring     Rule = "prometheus"
)

// Described is a rule with what holds where it is kept.
type Described struct {
	Rule  Rule
	Holds string
}

// Rules returns all rules, those about pods first.
func Rules() []Described {
	return []Described{
		{ImageVersion, "An image has a version, and it is not latest."},
		{ImageKnown, "An image is ours or in images.env."},
		{Restricted, `Pods keep the Pod Security standard "restricted", with a root file system that cannot be written to.`},
		{Token, "Only a pod whose ServiceAccount has a Role gets a token."},
		{LeastRights, "A Role names what it allows."},
		{Probes, "A container with a port has a startup, a liveness and a readiness probe."},
		{ProbePort, "A probe asks at a port of the pod."},
		{PreStop, "A service goes on for some seconds while others hear that its pod goes."},
		{Grace, "A service has more time to end than it takes."},
		{Resources, "A container requests and limits processor, memory and disk."},
		{Memory, "The garbage collector gets busy before the limit of memory."},
		{Scrape, "A service has metrics, at a port of its pod."},
		{Variables, "A variable is set once, after those that it refers to."},
		{URLs, "A URL in a setting names a Service and a port of it."},
		{ByReference, "There is no Secret among the manifests."},
		{SecretKeys, "A key of a Secret is one of those that somebody makes."},
		{ConfigMapThere, "A ConfigMap that is referred to is there."},
		{Volumes, "A volume is mounted, and a claim is there."},
		{OneOwner, "A claim has one pod."},
		{Used, "Nothing is there that nobody refers to."},
		{Selects, "A selector selects somebody."},
		{ServicePort, "A Service leads to a port of its pods."},
		{IngressBackend, "An Ingress leads to a port of a Service."},
		{TLS, "An Ingress has a certificate for each of its hosts."},
		{Scaling, "How many replicas there are is for an autoscaler to say, where there is one."},
		{Spread, "Pods that are several are spread over nodes and zones."},
		{Budget, "Pods that are several have a PodDisruptionBudget."},
		{Eviction, "A PodDisruptionBudget lets a pod go."},
		{DefaultDeny, "In a namespace everything is denied that is not allowed."},
		{NetworkEdges, "NetworkPolicies allow, at both ends, exactly the connections that the settings name."},
		{Monitoring, "Prometheus finds whom it tells of alerts."},
	}
}
