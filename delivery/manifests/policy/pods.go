package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// images: what runs is known, and the same today and tomorrow.
func (c *checker) images(w workload) {
	for _, each := range w.containers() {
		f := field(each.Name, "image")
		_, tag, tagged := strings.Cut(each.Image[strings.LastIndex(each.Image, "/")+1:], ":")
		c.require(tagged && tag != "latest", w.object, ImageVersion, f, "%s names no version", each.Image)
		c.require(c.options.Known(each.Image), w.object, ImageKnown, f, "%s is neither ours nor in images.env", each.Image)
	}
}

// restricted is what the Pod Security standard of that name asks for, and a root file system nobody can write to. A
// namespace that enforces less says so in its label, and gets by with a user and a folder of the node more.
func (c *checker) restricted(w workload) {
	const rule = Restricted
	p, security := w.pod(), w.pod().SecurityContext
	c.require(!p.HostNetwork && !p.HostPID && !p.HostIPC, w.object, rule, "hostNetwork, hostPID, hostIPC", "must not be set")
	profile := security.SeccompProfile.Type
	c.require(profile == "RuntimeDefault", w.object, rule, "securityContext.seccompProfile.type", "must be RuntimeDefault")
	if !c.privileged(w.namespace()) {
		c.require(is(security.RunAsNonRoot, true), w.object, rule, "securityContext.runAsNonRoot", "must be true")
		c.require(of(security.RunAsUser) > 0, w.object, rule, "securityContext.runAsUser", "must be a number that is not root's")
		for _, v := range p.Volumes {
			c.require(v.HostPath == nil, w.object, rule, "volumes["+v.Name+"].hostPath", "reaches into the node")
		}
	}
	for _, each := range w.containers() {
		s := each.SecurityContext
		at := func(name string) string { return field(each.Name, "securityContext."+name) }
		c.require(!s.Privileged, w.object, rule, at("privileged"), "must not be set")
		c.require(is(s.AllowPrivilegeEscalation, false), w.object, rule, at("allowPrivilegeEscalation"), "must be false")
		c.require(is(s.ReadOnlyRootFilesystem, true), w.object, rule, at("readOnlyRootFilesystem"), "must be true")
		c.require(slices.Contains(s.Capabilities.Drop, "ALL"), w.object, rule, at("capabilities.drop"), "must have ALL")
		c.require(len(s.Capabilities.Add) == 0, w.object, rule, at("capabilities.add"), "must not be set")
		c.require(s.RunAsUser == nil && s.RunAsNonRoot == nil, w.object, rule, at("runAsUser"), "is the pod's to say")
		for _, p := range each.Ports {
			c.require(p.HostPort == 0, w.object, rule, field(each.Name, "ports.hostPort"), "must not be set")
		}
	}
}

func (c *checker) privileged(namespace string) bool {
	n := c.find("Namespace", "", namespace)
	return n != nil && n.Metadata.Labels["pod-security.kubernetes.io/enforce"] == "privileged"
}

// token: only who is given rights gets a token to use them.
func (c *checker) token(w workload) {
	const rule = Token
	p := w.pod()
	account := c.find("ServiceAccount", w.namespace(), p.ServiceAccountName)
	c.require(account != nil, w.object, rule, "serviceAccountName", "there is no ServiceAccount %q", p.ServiceAccountName)
	if account != nil {
		c.require(is(account.AutomountServiceAccountToken, false), account, rule, "automountServiceAccountToken", "must be false")
	}
	c.require(p.AutomountServiceAccountToken != nil && *p.AutomountServiceAccountToken == c.entitled(w), w.object, rule,
		"automountServiceAccountToken", "must be %t, as its ServiceAccount's RoleBinding is there or not", c.entitled(w))
	c.require(is(p.EnableServiceLinks, false), w.object, rule, "enableServiceLinks", "must be false")
}

// entitled says whether a workload has rights at the API server.
func (c *checker) entitled(w workload) bool {
	return slices.ContainsFunc(c.objects, func(o object) bool {
		return o.Kind == "RoleBinding" && o.Metadata.Namespace == w.namespace() && len(o.Subjects) == 1 &&
			o.Subjects[0].Name == w.pod().ServiceAccountName && c.find("Role", w.namespace(), o.RoleRef.Name) != nil
	})
}

// probes: who is called has all three, at ports that are there.
func (c *checker) probes(w workload) {
	for _, each := range w.pod().Containers {
		c.probe(w, each, "startupProbe", each.StartupProbe)
		c.probe(w, each, "livenessProbe", each.LivenessProbe)
		c.probe(w, each, "readinessProbe", each.ReadinessProbe)
	}
}

func (c *checker) probe(w workload, of container, name string, p *probe) {
	if p == nil {
		c.require(len(of.Ports) == 0, w.object, Probes, field(of.Name, name), "is missing")
		return
	}
	for _, at := range []port{p.HTTPGet.Port, p.TCPSocket.Port} {
		_, found := w.port(at)
		c.require(at == "" || found, w.object, ProbePort, field(of.Name, name), "there is no port %s", at)
	}
}

// ending: a service is left alone before it is told to end, and has the time it takes to.
func (c *checker) ending(w workload) {
	if !w.service() {
		return
	}
	for _, each := range w.pod().Containers {
		sleep := each.Lifecycle.PreStop.Sleep.Seconds
		c.require(sleep > 0, w.object, PreStop, field(each.Name, "lifecycle.preStop.sleep"), "is missing: requests would find the door shut")
		drain, err := time.ParseDuration(c.value(w, each, "SHUTDOWN_TIMEOUT"))
		if err != nil {
			c.report(w.object, Grace, field(each.Name, "env[SHUTDOWN_TIMEOUT]"), "%v", err)
			continue
		}
		needed := time.Duration(sleep)*time.Second + drain
		grace := time.Duration(w.pod().TerminationGracePeriodSeconds) * time.Second
		c.require(grace > needed, w.object, Grace, "terminationGracePeriodSeconds",
			"%s is not more than the %s that preStop and SHUTDOWN_TIMEOUT take", grace, needed)
	}
}

// resources: everybody says what it needs, and gets no more memory than it has asked for unless it may be killed for it.
func (c *checker) resources(w workload) {
	for _, each := range w.containers() {
		for _, name := range []string{"cpu", "memory", "ephemeral-storage"} {
			c.require(each.Resources.Requests[name] != "", w.object, Resources, field(each.Name, "resources.requests."+name), "is missing")
			c.require(each.Resources.Limits[name] != "", w.object, Resources, field(each.Name, "resources.limits."+name), "is missing")
		}
		if soft := c.value(w, each, "GOMEMLIMIT"); soft != "" {
			hard := each.Resources.Limits["memory"]
			c.require(mebibytes(soft) < mebibytes(hard), w.object, Memory, field(each.Name, "env[GOMEMLIMIT]"),
				"%s must be less than the limit, %s", soft, hard)
		}
	}
}

// mebibytes reads 100Mi and 100MiB; what is written otherwise is 0.
func mebibytes(quantity string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(quantity, "B"), "Mi"))
	if err != nil {
		return 0
	}
	return n
}

// scraped: what Prometheus is told to look at is there, and every service has metrics.
func (c *checker) scraped(w workload) {
	const at = "metadata.annotations[prometheus.io/port]"
	annotations := w.template.Metadata.Annotations
	if annotations["prometheus.io/scrape"] != "true" {
		c.require(!w.service(), w.object, Scrape, "metadata.annotations[prometheus.io/scrape]", "must be true")
		return
	}
	_, found := w.port(port(annotations["prometheus.io/port"]))
	c.require(found, w.object, Scrape, at, "there is no port %q", annotations["prometheus.io/port"])
}
