package policy

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// outside is whoever is not a pod of these manifests: it stands for all addresses, since which one a team's servers have,
// nobody here knows.
const outside = "outside"

// edge is a connection that one workload, or outside, opens to another one. The port is the pod's, not the Service's.
type edge struct {
	from, to string
	port     int
}

func (e edge) String() string { return fmt.Sprintf("%s to %s:%d", e.from, e.to, e.port) }

// network: what the policies let out is what they let in, and both are what the settings of the pods name. Policies add up: an
// edge is there where any of them has it.
func (c *checker) network() {
	needed, out, in := c.needed(), c.allowed("Egress"), c.allowed("Ingress")
	for _, e := range sorted(needed) {
		if e.from != outside {
			c.edge(e.from, out[e] == nil, "egress", "%s is missing, which %s needs", e, needed[e])
		}
		if e.to != outside {
			c.edge(e.to, in[e] == nil, "ingress", "%s is missing, which %s needs", e, needed[e])
		}
	}
	for _, e := range sorted(out) {
		c.require(needed[e] != "", out[e], NetworkEdges, "spec.egress", "%s is let out, and no setting names it", e)
	}
	for _, e := range sorted(in) {
		c.require(needed[e] != "", in[e], NetworkEdges, "spec.ingress", "%s is let in, and no setting names it", e)
	}
}

// denied: where a workload is, a policy for everybody forbids what no other one allows.
func (c *checker) denied(w workload) {
	c.require(slices.ContainsFunc(c.objects, func(o object) bool {
		return o.Kind == "NetworkPolicy" && o.Metadata.Namespace == w.namespace() && o.Spec.PodSelector.all() &&
			len(o.Spec.Ingress)+len(o.Spec.Egress) == 0 &&
			slices.Contains(o.Spec.PolicyTypes, "Ingress") && slices.Contains(o.Spec.PolicyTypes, "Egress")
	}), w.object, DefaultDeny, "metadata.namespace", "no NetworkPolicy of %s denies everything first", w.namespace())
}

func sorted[V any](edges map[edge]V) []edge {
	return slices.SortedFunc(maps.Keys(edges), func(a, b edge) int { return strings.Compare(a.String(), b.String()) })
}

func (c *checker) edge(name string, missing bool, direction, format string, values ...any) {
	if missing {
		c.found = append(c.found, Violation{"NetworkPolicy/" + name, "spec." + direction, NetworkEdges, fmt.Sprintf(format, values...)})
	}
}

// allowed returns the edges that the policies let out, or let in, each with a policy that does.
func (c *checker) allowed(direction string) map[edge]*object {
	edges := map[edge]*object{}
	for i := range c.objects {
		o := &c.objects[i]
		if o.Kind != "NetworkPolicy" || !slices.Contains(o.Spec.PolicyTypes, direction) {
			continue
		}
		rules := o.Spec.Ingress
		if direction == "Egress" {
			rules = o.Spec.Egress
		}
		for _, r := range rules {
			c.require(len(r.Ports) > 0, o, NetworkEdges, "spec."+strings.ToLower(direction), "every port is let through")
			for _, w := range c.selected(o.Metadata.Namespace, o.Spec.PodSelector) {
				for _, other := range c.ends(o, r) {
					for _, p := range r.Ports {
						e := edge{other, w.object.Metadata.Name, p.Port}
						if direction == "Egress" {
							e.from, e.to = e.to, e.from
						}
						edges[e] = o
					}
				}
			}
		}
	}
	return edges
}

// ends returns whom a rule is about. Without anybody in it, it is about everybody.
func (c *checker) ends(o *object, r policyRule) (names []string) {
	peers := slices.Concat(r.From, r.To)
	if len(peers) == 0 {
		return []string{outside}
	}
	for _, p := range peers {
		if p.NamespaceSelector != nil || p.IPBlock != nil || p.PodSelector == nil {
			names = append(names, outside)
			continue
		}
		found := c.selected(o.Metadata.Namespace, *p.PodSelector)
		c.require(len(found) > 0, o, Selects, "podSelector", "%v selects nobody", *p.PodSelector)
		for _, w := range found {
			names = append(names, w.object.Metadata.Name)
		}
	}
	return names
}

const dnsPort = 53

// needed returns the edges that the settings of the pods name, each with the setting.
func (c *checker) needed() map[edge]string {
	edges := map[edge]string{}
	for _, w := range c.workloads {
		name := w.object.Metadata.Name
		edges[edge{name, outside, dnsPort}] = "its names"
		for setting, text := range c.settings(w) {
			for _, to := range c.named(w, setting, text) {
				edges[edge{name, to.to, to.port}] = setting
			}
		}
		for _, key := range w.secretKeys() {
			if port := c.options.Ports[key]; port != 0 {
				edges[edge{name, outside, port}] = "the URL in " + key
			}
		}
		if c.entitled(w) {
			edges[edge{name, outside, 443}], edges[edge{name, outside, 6443}] = "the API server", "the API server"
		}
		c.monitored(w, edges)
	}
	for _, o := range c.objects {
		c.doors(&o, edges)
	}
	return edges
}

// settings returns all that the containers are told in their environment, by the name of the variable.
func (c *checker) settings(w workload) map[string]string {
	all := map[string]string{}
	for _, each := range w.containers() {
		for _, from := range each.EnvFrom {
			if settings := c.find("ConfigMap", w.namespace(), from.ConfigMapRef.Name); settings != nil {
				maps.Copy(all, settings.Data)
			}
		}
		for _, v := range each.Env {
			all[v.Name] = v.Value
		}
	}
	return all
}

func (w workload) secretKeys() (keys []string) {
	for _, each := range w.containers() {
		for _, v := range each.Env {
			keys = append(keys, v.ValueFrom.SecretKeyRef.Key)
		}
	}
	for _, v := range w.pod().Volumes {
		if v.Projected == nil {
			continue
		}
		for _, s := range v.Projected.Sources {
			if s.Secret != nil && len(s.Secret.Items) > 0 {
				keys = append(keys, s.Secret.Items[0].Key)
			}
		}
	}
	return keys
}

// named returns whom the URLs in a setting name: a Service of the namespace.
func (c *checker) named(w workload, setting, text string) (ends []edge) {
	text = regexp.MustCompile(`\$\(\w+\)`).ReplaceAllString(text, "x")
	for _, found := range regexp.MustCompile(`\w+://[^\s;,]+`).FindAllString(text, -1) {
		u, err := url.Parse(found)
		if err != nil {
			c.report(w.object, URLs, "env["+setting+"]", "%v", err)
			continue
		}
		number, _ := strconv.Atoi(u.Port())
		to, ok := c.behind(w.namespace(), u.Hostname(), number)
		c.require(ok, w.object, URLs, "env["+setting+"]", "there is no Service %s with the port %d", u.Hostname(), number)
		if ok {
			ends = append(ends, to)
		}
	}
	return ends
}

// behind returns the workload and the port of its pods that a Service's name and port lead to.
func (c *checker) behind(namespace, name string, number int) (to edge, found bool) {
	s := c.find("Service", namespace, name)
	if s == nil {
		return edge{}, false
	}
	for _, p := range s.Spec.Ports {
		for _, w := range c.selected(namespace, selector{MatchLabels: s.Spec.Selector}) {
			if target, ok := w.port(p.TargetPort); ok && p.Port == number {
				return edge{to: w.object.Metadata.Name, port: target}, true
			}
		}
	}
	return edge{}, false
}

// monitored adds what the configuration of Prometheus names: the pods that ask for it, and Alertmanager.
func (c *checker) monitored(w workload, edges map[edge]string) {
	for _, name := range w.configMaps() {
		settings := c.find("ConfigMap", w.namespace(), name)
		if settings == nil || settings.Data["prometheus.yml"] == "" {
			continue
		}
		var config struct {
			Alerting struct {
				Alertmanagers []struct {
					DNS []struct {
						Names []string
						Port  int
					} `yaml:"dns_sd_configs"`
				}
			}
		}
		if err := yaml.Unmarshal([]byte(settings.Data["prometheus.yml"]), &config); err != nil {
			c.report(settings, Monitoring, "data[prometheus.yml]", "%v", err)
		}
		for _, a := range config.Alerting.Alertmanagers {
			for _, dns := range a.DNS {
				to, ok := c.behind(w.namespace(), dns.Names[0], dns.Port)
				c.require(ok, settings, Monitoring, "data[prometheus.yml]", "there is no Service %s with the port %d", dns.Names[0], dns.Port)
				edges[edge{w.object.Metadata.Name, to.to, to.port}] = "alerting in prometheus.yml"
			}
		}
		for _, scraped := range c.selected(w.namespace(), selector{}) {
			if number, ok := scraped.port(port(scraped.template.Metadata.Annotations["prometheus.io/port"])); ok {
				edges[edge{w.object.Metadata.Name, scraped.object.Metadata.Name, number}] = "prometheus.io/port"
			}
		}
	}
}

// doors adds those through which people come: an Ingress, and a port of the node.
func (c *checker) doors(o *object, edges map[edge]string) {
	open := func(service string, offered servicePort) {
		if to, ok := c.behind(o.Metadata.Namespace, service, offered.Port); ok {
			edges[edge{outside, to.to, to.port}] = o.String()
		}
	}
	for _, p := range o.Spec.Ports {
		if p.NodePort != 0 {
			open(o.Metadata.Name, p)
		}
	}
	for _, r := range o.Spec.Rules {
		for _, path := range r.HTTP.Paths {
			if s := c.find("Service", o.Metadata.Namespace, path.Backend.Service.Name); s != nil {
				for _, p := range s.Spec.Ports {
					if p.Name == path.Backend.Service.Port.Name {
						open(s.Metadata.Name, p)
					}
				}
			}
		}
	}
}
