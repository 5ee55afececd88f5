// Package policy holds the rules that rendered manifests keep, beyond what Kubernetes itself would refuse: nothing in them
// is without effect, refers to what is not there, or may do more than it has to.
package policy

import (
	"fmt"
	"slices"
)

// Violation says which resource breaks which rule, and by which field.
type Violation struct {
	Resource string // kind and name
	Field    string
	Rule     Rule
	Says     string // what is wrong
}

func (v Violation) String() string {
	return fmt.Sprintf("%s: %s: %s (rule %s)", v.Resource, v.Field, v.Says, v.Rule)
}

// Options are what manifests are compared with.
type Options struct {
	Known      func(image string) bool // whether an image is ours or pinned for all
	SecretKeys map[string][]string     // the keys of each Secret that somebody else makes, by its name
	Ports      map[string]int          // where the URL is that a key of a Secret holds, by the key
}

// Check returns what is wrong with a stream of manifests, in their order.
func Check(manifests []byte, o Options) ([]Violation, error) {
	objects, err := parse(manifests)
	if err != nil {
		return nil, err
	}
	c := &checker{options: o, objects: objects}
	for i := range objects {
		c.workloads = append(c.workloads, workloadsOf(&objects[i])...)
	}
	for _, w := range c.workloads {
		c.images(w)
		c.restricted(w)
		c.token(w)
		c.probes(w)
		c.ending(w)
		c.resources(w)
		c.references(w)
		c.volumes(w)
		c.scraped(w)
		c.denied(w)
	}
	for i := range objects {
		c.object(&objects[i])
	}
	c.network()
	return c.found, nil
}

// checker collects what is wrong with the objects.
type checker struct {
	options   Options
	objects   []object
	workloads []workload
	found     []Violation
}

// workload is an object that makes pods.
type workload struct {
	*object
	template
}

func workloadsOf(o *object) []workload {
	for _, t := range []template{o.Spec.Template, o.Spec.JobTemplate.Spec.Template} {
		if len(t.Spec.Containers) > 0 {
			return []workload{{o, t}}
		}
	}
	return nil
}

func (w workload) pod() pod                  { return w.template.Spec }
func (w workload) labels() map[string]string { return w.template.Metadata.Labels }
func (w workload) namespace() string         { return w.object.Metadata.Namespace }

// containers are all of the pod, wherever they are listed.
func (w workload) containers() []container {
	return slices.Concat(w.pod().InitContainers, w.pod().Containers, w.pod().EphemeralContainers)
}

// service says that it is one of ours, by the label by which all of them get the same pod.
func (w workload) service() bool { return w.labels()["app.kubernetes.io/component"] == "service" }

// port returns the number of a port that is named or numbered.
func (w workload) port(p port) (number int, found bool) {
	for _, c := range w.containers() {
		for _, offered := range c.Ports {
			if string(p) == offered.Name || string(p) == fmt.Sprint(offered.ContainerPort) {
				return offered.ContainerPort, true
			}
		}
	}
	return 0, false
}

func (o *object) String() string { return o.Kind + "/" + o.Metadata.Name }

// report adds what is wrong with a field of o.
func (c *checker) report(o *object, rule Rule, field, format string, values ...any) {
	c.found = append(c.found, Violation{Resource: o.String(), Field: field, Rule: rule, Says: fmt.Sprintf(format, values...)})
}

// require reports where something does not hold.
func (c *checker) require(holds bool, o *object, rule Rule, field, format string, values ...any) {
	if !holds {
		c.report(o, rule, field, format, values...)
	}
}

// find returns the object of a kind with a name in a namespace, or nil.
func (c *checker) find(kind, namespace, name string) *object {
	for i := range c.objects {
		o := &c.objects[i]
		if o.Kind == kind && o.Metadata.Name == name && o.Metadata.Namespace == namespace {
			return o
		}
	}
	return nil
}

// selected returns the workloads of a namespace whose pods have what the selector asks for.
func (c *checker) selected(namespace string, s selector) []workload {
	return slices.DeleteFunc(slices.Clone(c.workloads), func(w workload) bool {
		return w.namespace() != namespace || !s.matches(w.labels())
	})
}

func field(container, rest string) string {
	return "containers[" + container + "]." + rest
}

func is(b *bool, value bool) bool { return b != nil && *b == value }

// of returns what is set, or nothing of it.
func of[T any](value *T) (v T) {
	if value != nil {
		v = *value
	}
	return v
}
