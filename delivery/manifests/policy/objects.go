package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// object is what the rules look at in a manifest, of whatever kind. Its fields are found by their names, whatever the case.
type object struct {
	Kind     string
	Metadata metadata
	Spec     spec
	Data     map[string]string // of a ConfigMap

	AutomountServiceAccountToken *bool  // of a ServiceAccount
	Rules                        []rule // of a Role
	RoleRef                      struct{ Name string }
	Subjects                     []struct{ Name string }
}

type metadata struct {
	Name, Namespace     string
	Labels, Annotations map[string]string
}

// spec is that of a workload, a Service, an autoscaler and so on: no two of them mean different things by one name.
type spec struct {
	Replicas *int
	Template template
	Strategy struct{ Type string }

	VolumeClaimTemplates []struct{ Metadata metadata }

	Selector       labels
	Type           string
	Ports          []servicePort
	MaxUnavailable *int
	ScaleTargetRef struct{ Kind, Name string }
	JobTemplate    struct{ Spec struct{ Template template } }

	PodSelector     selector
	PolicyTypes     []string
	Ingress, Egress []policyRule

	TLS []struct {
		Hosts      []string
		SecretName string
	}
	// Rules are those of an Ingress.
	Rules []struct {
		Host string
		HTTP struct {
			Paths []struct {
				Backend struct{ Service backend }
			}
		}
	}
}

// labels are those of a selector, which a Service gives without the words matchLabels.
type labels map[string]string

func (l *labels) UnmarshalJSON(text []byte) error {
	var s struct{ MatchLabels map[string]string }
	if json.Unmarshal(text, &s) == nil && s.MatchLabels != nil {
		*l = s.MatchLabels
		return nil
	}
	return json.Unmarshal(text, (*map[string]string)(l))
}

type rule struct{ Resources, Verbs []string }

type backend struct {
	Name string
	Port struct{ Name string }
}

type servicePort struct {
	Name       string
	Port       int
	TargetPort port
	NodePort   int
}

// port is a container's port, by its name or its number.
type port string

func (p *port) UnmarshalJSON(text []byte) error {
	*p = port(strings.Trim(string(text), `"`))
	return nil
}

type template struct {
	Metadata metadata
	Spec     pod
}

type pod struct {
	ServiceAccountName            string
	AutomountServiceAccountToken  *bool
	EnableServiceLinks            *bool
	HostNetwork, HostPID, HostIPC bool
	TerminationGracePeriodSeconds int
	SecurityContext               podSecurity
	Containers, InitContainers    []container
	EphemeralContainers           []container
	Volumes                       []volume
	TopologySpreadConstraints     []struct{ TopologyKey string }
}

type podSecurity struct {
	RunAsNonRoot   *bool
	RunAsUser      *int
	SeccompProfile struct{ Type string }
}

type container struct {
	Name, Image                                 string
	Env                                         []variable
	EnvFrom                                     []struct{ ConfigMapRef, SecretRef struct{ Name string } }
	Ports                                       []containerPort
	StartupProbe, LivenessProbe, ReadinessProbe *probe
	Lifecycle                                   struct {
		PreStop struct{ Sleep struct{ Seconds int } }
	}
	Resources       struct{ Requests, Limits map[string]string }
	SecurityContext containerSecurity
	VolumeMounts    []struct{ Name string }
}

type containerSecurity struct {
	AllowPrivilegeEscalation, ReadOnlyRootFilesystem *bool
	Privileged                                       bool
	RunAsUser                                        *int
	RunAsNonRoot                                     *bool
	Capabilities                                     struct{ Add, Drop []string }
}

type variable struct {
	Name, Value string
	ValueFrom   struct{ SecretKeyRef, ConfigMapKeyRef keyRef }
}

type keyRef struct{ Name, Key string }

type containerPort struct {
	Name          string
	ContainerPort int
	HostPort      int
}

type probe struct {
	HTTPGet, TCPSocket struct{ Port port }
}

type volume struct {
	Name                  string
	ConfigMap, Secret     *source
	PersistentVolumeClaim *struct{ ClaimName string }
	HostPath              *struct{ Path string }
	Projected             *struct {
		Sources []struct{ ConfigMap, Secret *source }
	}
}

// source is a volume's or a projection's: a ConfigMap has a name, a Secret of a volume a secretName.
type source struct {
	Name, SecretName string
	Items            []struct{ Key string }
}

type selector struct {
	MatchLabels      map[string]string
	MatchExpressions []requirement
}

type requirement struct {
	Key, Operator string
	Values        []string
}

type policyRule struct {
	From, To []peer
	Ports    []struct {
		Protocol string
		Port     int
	}
}

type peer struct {
	PodSelector, NamespaceSelector *selector
	IPBlock                        *struct{ CIDR string }
}

// parse reads the documents of a stream of YAML. They pass through JSON, whose decoder finds fields by their names.
func parse(manifests []byte) ([]object, error) {
	var objects []object
	for decoder := yaml.NewDecoder(bytes.NewReader(manifests)); ; {
		var document any
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("manifests: %w", err)
		}
		encoded, err := json.Marshal(document)
		if err != nil {
			return nil, fmt.Errorf("manifests: %w", err)
		}
		var o object
		if err := json.Unmarshal(encoded, &o); err != nil {
			return nil, fmt.Errorf("%s: %w", bytes.TrimSpace(encoded[:min(len(encoded), 200)]), err)
		}
		objects = append(objects, o)
	}
}

// all says whether it selects everybody.
func (s selector) all() bool { return len(s.MatchLabels)+len(s.MatchExpressions) == 0 }

func (s selector) matches(labels map[string]string) bool {
	for key, value := range s.MatchLabels {
		if labels[key] != value {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		if e.Operator != "In" || !slices.Contains(e.Values, labels[e.Key]) { // no other operator is needed
			return false
		}
	}
	return true
}
