package cluster_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func killedPodIsReplaced(t *testing.T, p *platform) {
	before := p.ready(t, "booking")
	p.kubectl(t, "delete", "pod", before[0], "--grace-period=0", "--force", "--wait=false")
	after := p.ready(t, "booking")
	require.NotContains(t, after, before[0])
	smokeFeaturesPass(t, p)
}

// evictionsRespectTheBudget evicts both pods of a service, as whoever empties a node does.
func evictionsRespectTheBudget(t *testing.T, p *platform) {
	before := p.ready(t, "booking")
	require.NoError(t, p.evict(t, before[0]))
	require.ErrorContains(t, p.evict(t, before[1]), "disruption budget", "the second pod went while the first was missed")
	require.Eventually(t, func() bool { return len(p.pods(t, "booking")) >= 2 }, 2*time.Minute, time.Second)
	require.Eventually(t, func() bool { return p.evict(t, before[1]) == nil }, time.Minute, time.Second, "the budget never allows the second")
	require.NotContains(t, p.ready(t, "booking"), before[1])
}

// ready waits until a service has two pods that are ready, and none besides, and returns them.
func (p *platform) ready(t *testing.T, service string) []string {
	t.Helper()
	var names []string
	require.Eventually(t, func() bool { names = p.pods(t, service); return len(names) == 2 }, 3*time.Minute, time.Second)
	return slices.Clone(names)
}

// desired returns how many pods the autoscaler wants a service to have.
func (p *platform) desired(t *testing.T, service string) int {
	t.Helper()
	n, err := strconv.Atoi(p.kubectl(t, "get", "horizontalpodautoscaler", service, "--output", "jsonpath={.status.desiredReplicas}"))
	require.NoError(t, err)
	return n
}

// silenceMakesItShrink looks at identity after a crowd has left whose passwords made it grow.
func silenceMakesItShrink(t *testing.T, p *platform) {
	require.Eventually(t, func() bool { return p.desired(t, "identity") == 2 }, 4*time.Minute, time.Second)
	p.ready(t, "identity")
}

// evict asks for an eviction, and returns why it is refused.
func (p *platform) evict(t *testing.T, pod string) error {
	t.Helper()
	eviction := fmt.Sprintf(`{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": %q, "namespace": "myevents"}}`, pod)
	path := "/api/v1/namespaces/myevents/pods/" + pod + "/eviction"
	said, err := p.try(t, time.Minute, "bash", "-c", `"$0" create --raw "$1" --filename - <<<"$2"`, os.Getenv("KUBECTL"), path, eviction)
	if err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	return nil
}
