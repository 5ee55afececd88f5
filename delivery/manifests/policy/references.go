package policy

import (
	"regexp"
	"slices"
	"strings"
)

// value returns what a container finds in a variable; empty where it is not there, or is somebody else's secret.
func (c *checker) value(w workload, in container, name string) string {
	for _, v := range in.Env {
		if v.Name == name {
			return v.Value
		}
	}
	for _, from := range in.EnvFrom {
		if settings := c.find("ConfigMap", w.namespace(), from.ConfigMapRef.Name); settings != nil {
			return settings.Data[name]
		}
	}
	return ""
}

// references: what variables refer to is there, and before them.
func (c *checker) references(w workload) {
	for _, each := range w.containers() {
		var before []string
		for _, v := range each.Env {
			at := field(each.Name, "env["+v.Name+"]")
			c.require(!slices.Contains(before, v.Name), w.object, Variables, at, "is there twice")
			for _, used := range regexp.MustCompile(`\$\((\w+)\)`).FindAllStringSubmatch(v.Value, -1) {
				c.require(slices.Contains(before, used[1]), w.object, Variables, at, "$(%s) is not set before it", used[1])
			}
			before = append(before, v.Name)
			if ref := v.ValueFrom.SecretKeyRef; ref.Name != "" {
				c.secret(w, at, ref.Name, ref.Key)
			}
			c.require(v.ValueFrom.ConfigMapKeyRef.Name == "", w.object, Variables, at, "settings come by envFrom")
		}
		for _, from := range each.EnvFrom {
			at := field(each.Name, "envFrom")
			c.require(from.SecretRef.Name == "", w.object, SecretKeys, at, "takes all of a Secret, needed or not")
			c.require(c.find("ConfigMap", w.namespace(), from.ConfigMapRef.Name) != nil, w.object, ConfigMapThere, at,
				"there is no ConfigMap %q", from.ConfigMapRef.Name)
		}
	}
}

func (c *checker) secret(w workload, at, name, key string) {
	made := slices.Contains(c.options.SecretKeys[name], key)
	c.require(made, w.object, SecretKeys, at, "nobody makes the key %s of the Secret %s", key, name)
}

// volumes: each is there and mounted, and what is mounted is there. A claim is used by one pod at a time.
func (c *checker) volumes(w workload) {
	mounted := map[string]bool{}
	for _, each := range w.containers() {
		for _, m := range each.VolumeMounts {
			mounted[m.Name] = true
		}
	}
	for _, claim := range w.object.Spec.VolumeClaimTemplates {
		c.require(mounted[claim.Metadata.Name], w.object, Volumes, "volumeClaimTemplates["+claim.Metadata.Name+"]", "is not mounted")
	}
	for _, v := range w.pod().Volumes {
		at := "volumes[" + v.Name + "]"
		c.require(mounted[v.Name], w.object, Volumes, at, "is not mounted")
		c.sources(w, at, v.ConfigMap, v.Secret)
		if v.Projected != nil {
			for _, s := range v.Projected.Sources {
				c.sources(w, at, s.ConfigMap, s.Secret)
			}
		}
		if v.PersistentVolumeClaim != nil {
			name := v.PersistentVolumeClaim.ClaimName
			c.require(c.find("PersistentVolumeClaim", w.namespace(), name) != nil, w.object, Volumes, at, "there is no claim %q", name)
			alone := w.object.Spec.Strategy.Type == "Recreate" && of(w.object.Spec.Replicas) == 1 && c.autoscaler(w) == nil
			c.require(alone, w.object, OneOwner, at, "a claim has one pod: replicas must be 1, and the strategy Recreate")
		}
	}
}

func (c *checker) sources(w workload, at string, config, secret *source) {
	if config != nil {
		c.require(c.find("ConfigMap", w.namespace(), config.Name) != nil, w.object, ConfigMapThere, at, "there is no ConfigMap %q", config.Name)
	}
	if secret == nil {
		return
	}
	c.require(len(secret.Items) > 0, w.object, SecretKeys, at, "takes all of a Secret, needed or not")
	for _, item := range secret.Items {
		c.secret(w, at, secret.Name+secret.SecretName, item.Key)
	}
}

func (c *checker) autoscaler(w workload) *object {
	for i := range c.objects {
		o := &c.objects[i]
		if o.Kind == "HorizontalPodAutoscaler" && o.Metadata.Namespace == w.namespace() && o.Spec.ScaleTargetRef.Kind == w.Kind &&
			o.Spec.ScaleTargetRef.Name == w.object.Metadata.Name {
			return o
		}
	}
	return nil
}

// object checks what is no workload: it works on something that is there.
func (c *checker) object(o *object) {
	switch o.Kind {
	case "Secret":
		c.report(o, ByReference, "kind", "a Secret is not for everybody to read who reads manifests")
	case "Service":
		c.service(o)
	case "Ingress":
		c.ingress(o)
	case "HorizontalPodAutoscaler":
		c.scaling(o)
	case "PodDisruptionBudget":
		c.require(len(c.selected(o.Metadata.Namespace, selector{MatchLabels: o.Spec.Selector})) == 1, o, Selects, "spec.selector",
			"must select the pods of one workload")
		c.require(of(o.Spec.MaxUnavailable) > 0, o, Eviction, "spec.maxUnavailable", "must let one go, or no node is ever emptied")
	case "NetworkPolicy":
		anybody := o.Spec.PodSelector.all() || len(c.selected(o.Metadata.Namespace, o.Spec.PodSelector)) > 0
		c.require(anybody, o, Selects, "spec.podSelector", "selects nobody")
	case "ConfigMap":
		c.used(o, func(w workload) bool { return slices.Contains(w.configMaps(), o.Metadata.Name) })
	case "ServiceAccount":
		c.used(o, func(w workload) bool { return w.pod().ServiceAccountName == o.Metadata.Name })
	case "PersistentVolumeClaim":
		c.used(o, func(w workload) bool {
			return slices.ContainsFunc(w.pod().Volumes, func(v volume) bool {
				return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == o.Metadata.Name
			})
		})
	case "Role":
		for _, r := range o.Rules {
			c.require(!strings.Contains(strings.Join(append(r.Verbs, r.Resources...), " "), "*"), o, LeastRights, "rules", "must not have *")
		}
	}
}

// used: nothing is decorative.
func (c *checker) used(o *object, by func(workload) bool) {
	c.require(slices.ContainsFunc(c.workloads, func(w workload) bool { return w.namespace() == o.Metadata.Namespace && by(w) }),
		o, Used, "metadata.name", "nothing refers to it")
}

func (w workload) configMaps() (names []string) {
	for _, each := range w.containers() {
		for _, from := range each.EnvFrom {
			names = append(names, from.ConfigMapRef.Name)
		}
	}
	for _, v := range w.pod().Volumes {
		if v.ConfigMap != nil {
			names = append(names, v.ConfigMap.Name)
		}
		if v.Projected == nil {
			continue
		}
		for _, s := range v.Projected.Sources {
			if s.ConfigMap != nil {
				names = append(names, s.ConfigMap.Name)
			}
		}
	}
	return names
}

// service: a Service has pods behind it that have its ports.
func (c *checker) service(o *object) {
	behind := c.selected(o.Metadata.Namespace, selector{MatchLabels: o.Spec.Selector})
	c.require(len(behind) == 1, o, Selects, "spec.selector", "must select the pods of one workload")
	for _, w := range behind {
		for _, p := range o.Spec.Ports {
			_, found := w.port(p.TargetPort)
			c.require(found, o, ServicePort, "spec.ports["+p.Name+"].targetPort", "%s has no port %q", w, p.TargetPort)
		}
	}
}

// ingress: every host has TLS, and a Service behind it.
func (c *checker) ingress(o *object) {
	for _, r := range o.Spec.Rules {
		secured := false
		for _, t := range o.Spec.TLS {
			secured = secured || slices.Contains(t.Hosts, r.Host) && slices.Contains(c.options.SecretKeys[t.SecretName], "tls.crt")
		}
		c.require(secured, o, TLS, "spec.tls", "%s has no certificate that somebody makes", r.Host)
		for _, p := range r.HTTP.Paths {
			to := c.find("Service", o.Metadata.Namespace, p.Backend.Service.Name)
			c.require(to != nil && slices.ContainsFunc(to.Spec.Ports, func(offered servicePort) bool {
				return offered.Name == p.Backend.Service.Port.Name
			}), o, IngressBackend, "spec.rules.http.paths.backend", "there is no port %q of a Service %q", p.Backend.Service.Port.Name,
				p.Backend.Service.Name)
		}
	}
}

// scaling: an autoscaler has somebody to scale, who leaves it to it, and whose pods are spread and may go one by one.
func (c *checker) scaling(o *object) {
	for _, w := range c.workloads {
		if c.autoscaler(w) != o {
			continue
		}
		c.require(w.object.Spec.Replicas == nil, w.object, Scaling, "spec.replicas", "is %s's to say", o)
		c.require(len(w.pod().TopologySpreadConstraints) > 0, w.object, Spread, "topologySpreadConstraints", "are missing")
		budget := slices.ContainsFunc(c.objects, func(b object) bool {
			return b.Kind == "PodDisruptionBudget" && b.Metadata.Namespace == w.namespace() &&
				selector{MatchLabels: b.Spec.Selector}.matches(w.labels())
		})
		c.require(budget, w.object, Budget, "metadata.name", "has several pods and no PodDisruptionBudget")
		return
	}
	c.report(o, Selects, "spec.scaleTargetRef", "there is no %s %q", o.Spec.ScaleTargetRef.Kind, o.Spec.ScaleTargetRef.Name)
}
