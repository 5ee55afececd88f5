package main

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// world is what the rules follow from.
type world struct {
	pods       []*corev1.Pod
	namespaces []*corev1.Namespace
	policies   []*networkingv1.NetworkPolicy
}

// direction is one of the two in which a pod may be isolated.
type direction struct {
	kind        networkingv1.PolicyType
	self, other string // how nftables calls the address of the pod, and that of its peer
}

// ruleset returns a file for nft. Each isolated pod has a chain for each direction, whose rules let through what any policy allows.
func (w world) ruleset() string {
	var chains, maps, jumps strings.Builder
	for _, d := range []direction{{networkingv1.PolicyTypeEgress, "saddr", "daddr"}, {networkingv1.PolicyTypeIngress, "daddr", "saddr"}} {
		name := strings.ToLower(string(d.kind))
		var elements []string
		for _, pod := range w.addressed() {
			allowed, isolated := w.allowed(pod, d)
			if !isolated {
				continue
			}
			chain := name + "_" + strings.ReplaceAll(pod.Status.PodIP, ".", "_")
			fmt.Fprintf(&chains, "  chain %s { # %s/%s\n%s    drop\n  }\n", chain, pod.Namespace, pod.Name, strings.Join(allowed, ""))
			elements = append(elements, pod.Status.PodIP+" : jump "+chain)
		}
		if len(elements) > 0 {
			fmt.Fprintf(&maps, "  map %s { type ipv4_addr : verdict; elements = { %s }; }\n", name, strings.Join(elements, ", "))
			fmt.Fprintf(&jumps, "    ip %s vmap @%s\n", d.self, name)
		}
	}
	return "table inet policies\ndelete table inet policies\ntable inet policies {\n" + chains.String() + maps.String() +
		"  chain forward {\n    type filter hook forward priority filter; policy accept;\n    ct state established,related accept\n" +
		jumps.String() + "  }\n}\n"
}

// addressed returns the pods that have an address of their own, by that.
func (w world) addressed() []*corev1.Pod {
	var all []*corev1.Pod
	for _, pod := range w.pods {
		ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended { // the address of one that has ended may be another's
			all = append(all, pod)
		}
	}
	slices.SortFunc(all, func(a, b *corev1.Pod) int { return strings.Compare(a.Status.PodIP, b.Status.PodIP) })
	return slices.CompactFunc(all, func(a, b *corev1.Pod) bool { return a.Status.PodIP == b.Status.PodIP })
}

// allowed returns the rules of a pod, and whether any policy isolates it.
func (w world) allowed(pod *corev1.Pod, d direction) (rules []string, isolated bool) {
	for _, policy := range w.policies {
		meant := policy.Namespace == pod.Namespace && matches(&policy.Spec.PodSelector, pod.Labels)
		if !meant || !slices.Contains(policy.Spec.PolicyTypes, d.kind) {
			continue
		}
		isolated = true
		if d.kind == networkingv1.PolicyTypeIngress {
			for _, r := range policy.Spec.Ingress {
				rules = append(rules, w.rule(policy, d, r.From, r.Ports)...)
			}
			continue
		}
		for _, r := range policy.Spec.Egress {
			rules = append(rules, w.rule(policy, d, r.To, r.Ports)...)
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules), isolated
}

// rule returns one for each pair of peers and ports; neither given means all.
func (w world) rule(
	policy *networkingv1.NetworkPolicy, d direction, to []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort,
) []string {
	peers := []string{""}
	if len(to) > 0 {
		peers = nil
		for _, peer := range to {
			peers = append(peers, w.peer(policy, d, peer)...)
		}
	}
	var rules []string
	for _, peer := range peers {
		if len(ports) == 0 {
			rules = append(rules, "    "+peer+"return\n")
		}
		for _, port := range ports {
			rules = append(rules, "    "+peer+match(port)+"return\n")
		}
	}
	return rules
}

// peer returns what traffic with a peer matches; nothing where there is no such peer.
func (w world) peer(policy *networkingv1.NetworkPolicy, d direction, peer networkingv1.NetworkPolicyPeer) []string {
	if block := peer.IPBlock; block != nil {
		text := fmt.Sprintf("ip %s %s ", d.other, block.CIDR)
		if len(block.Except) > 0 {
			text += fmt.Sprintf("ip %s != { %s } ", d.other, strings.Join(block.Except, ", "))
		}
		return []string{text}
	}
	spaces := map[string]bool{policy.Namespace: peer.NamespaceSelector == nil}
	for _, space := range w.namespaces {
		spaces[space.Name] = spaces[space.Name] || peer.NamespaceSelector != nil && matches(peer.NamespaceSelector, space.Labels)
	}
	var addresses []string
	for _, pod := range w.addressed() {
		if spaces[pod.Namespace] && (peer.PodSelector == nil || matches(peer.PodSelector, pod.Labels)) {
			addresses = append(addresses, pod.Status.PodIP)
		}
	}
	if len(addresses) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("ip %s { %s } ", d.other, strings.Join(addresses, ", "))}
}

// match returns what traffic to a port matches. Names of ports are not looked up: such a port matches nothing.
func match(port networkingv1.NetworkPolicyPort) string {
	protocol := "tcp"
	if port.Protocol != nil {
		protocol = strings.ToLower(string(*port.Protocol))
	}
	switch {
	case port.Port == nil:
		return "meta l4proto " + protocol + " "
	case port.EndPort != nil:
		return fmt.Sprintf("%s dport %d-%d ", protocol, port.Port.IntValue(), *port.EndPort)
	default:
		return fmt.Sprintf("%s dport %d ", protocol, port.Port.IntValue())
	}
}

// matches reports whether a selector selects what has these labels. The API server lets no invalid one through.
func matches(selector *metav1.LabelSelector, has map[string]string) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(labels.Set(has))
}
