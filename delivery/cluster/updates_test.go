package cluster_test

import (
	"bytes"
	"context"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// updatesLoseNothing lets people book all the while, through an update, the way back and an update that fails: of more than 5,000
// requests none may be lost. Searches may: the index of bleve has one owner, so there is no search while that is replaced.
func updatesLoseNothing(t *testing.T, p *platform) {
	next, bad := p.version+"-next", p.version+"-bad"
	var tagged []string
	for _, program := range []string{"gateway", "bookingservice", "eventservice", "identityservice", "searchservice"} {
		for _, version := range []string{next, bad} {
			image := "myevents/" + program + ":" + version
			p.run(t, "docker", "tag", "myevents/"+program+":"+p.version, image)
			tagged = append(tagged, image)
		}
	}
	// An image without a program: its container cannot start.
	p.run(t, "bash", "-c", "tar -c -T /dev/null | docker import - myevents/bookingservice:"+bad)
	t.Cleanup(func() { p.run(t, "docker", append([]string{"rmi"}, tagged...)...) })

	crowd := p.letPeopleIn(t)
	p.deploy(t, next)
	require.Equal(t, "myevents/bookingservice:"+next, p.image(t, "booking"))
	require.Len(t, p.settings(t), 2, "until the update was through, pods of the release before needed theirs")

	p.run(t, "make", "rollback", "ENV=local", "CI=") // a pipeline would take back its own version only
	require.Equal(t, "myevents/bookingservice:"+p.version, p.image(t, "booking"))

	impatient := p.with("ROLLOUT_TIMEOUT=40s")
	said, err := impatient.try(t, patience, "ci/deploy", "local", bad)
	require.Error(t, err, "a release that never gets ready must fail")
	require.Contains(t, said, "local is back at "+p.version)
	require.Equal(t, "myevents/bookingservice:"+p.version, p.image(t, "booking"))
	secondPlanIsEmpty(t, p)
	require.Len(t, p.settings(t), 1, "nobody needs those of what was taken back")

	require.Eventually(t, func() bool { return p.desired(t, "identity") > 2 }, 2*time.Minute, time.Second, "load does not make it grow")
	summary := crowd.leave(t)
	t.Log(summary)
	require.Zero(t, unanswered(t, summary), "requests other than searches were not answered")
	require.Regexp(t, `audit: all \d+ bookings and events are as they were answered`, summary)
	require.Equal(t, "0", p.query(t, "max(myevents_inventory_mismatch_seats)"), "seats sold are not the seats taken")
}

// settings returns the config maps with the services' settings, one for each release that had others.
func (p *platform) settings(t *testing.T) []string {
	t.Helper()
	all := strings.Fields(p.kubectl(t, "get", "configmaps", "--output", "name"))
	return slices.DeleteFunc(all, func(name string) bool { return !strings.HasPrefix(name, "configmap/settings-") })
}

// unanswered returns how many requests other than searches failed, by what a crowd says in the end.
func unanswered(t *testing.T, summary string) (n int) {
	t.Helper()
	errors := regexp.MustCompile(`errors (.*)  turned`).FindStringSubmatch(summary)
	require.Len(t, errors, 2, summary)
	for _, e := range regexp.MustCompile(`([A-Z]+ /\S*) \S+=(\d+)`).FindAllStringSubmatch(errors[1], -1) {
		if count, err := strconv.Atoi(e[2]); err == nil && !strings.HasPrefix(e[1], "GET /search") {
			n += count
		}
	}
	return n
}

// query asks the platform's Prometheus, through the API server.
func (p *platform) query(t *testing.T, promQL string) string {
	t.Helper()
	path := "/api/v1/namespaces/myevents/services/prometheus:http/proxy/api/v1/query?query=" + url.QueryEscape(promQL)
	value := regexp.MustCompile(`"value":\[[\d.]+,"([^"]*)"\]`)
	found := value.FindStringSubmatch(p.kubectl(t, "get", "--raw", path))
	require.Len(t, found, 2, promQL)
	return found[1]
}

// crowd is `myevents load`, running in a container of the Docker engine beside the cluster.
type crowd struct {
	command *exec.Cmd
	said    *transcript
}

const (
	crowdName = "myevents-test-crowd"
	enough    = 5200 // requests that have to be answered until a crowd leaves
)

// letPeopleIn starts visits at the front door and returns when they are under way.
func (p *platform) letPeopleIn(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{said: &transcript{}}
	c.command = p.command(context.WithoutCancel(t.Context()), "docker", "run", "--rm", "--network", "host", "--name", crowdName,
		"myevents/myevents:"+p.version, "load", "--url", p.run(t, "ci/front-door"), "--rate", "50",
		"--operator-email", "operator@myevents.example", "--operator-password", p.secrets["OPERATOR_PASSWORD"])
	c.command.Stdout, c.command.Stderr = c.said, c.said
	require.NoError(t, c.command.Start())
	t.Cleanup(func() {
		p.sendHome(t)
		_ = c.command.Wait() // it may have been waited for
	})
	require.Eventually(t, func() bool { return c.answered() > 0 }, time.Minute, time.Second/2, "nobody came")
	return c
}

// sendHome ends a crowd that has not left by itself.
func (p *platform) sendHome(t *testing.T) {
	t.Helper()
	_, _ = p.try(t, time.Minute, "docker", "rm", "--force", crowdName) // it may have left
}

// answered returns how many requests were, by the lines that tell it every five seconds.
func (c *crowd) answered() int {
	sum := 0.0
	for line := range strings.Lines(c.said.String()) {
		if rate, rest, found := strings.Cut(line, "/s "); found && strings.Contains(rest, "p99") {
			perSecond, _ := strconv.ParseFloat(rate, 64) // the summary begins otherwise
			sum += 5 * perSecond
		}
	}
	return int(sum)
}

// leave waits until enough was asked, lets the crowd go and returns what it says in the end.
func (c *crowd) leave(t *testing.T) string {
	t.Helper()
	require.Eventually(t, func() bool { return c.answered() >= enough }, patience, time.Second, "too few requests")
	require.NoError(t, c.command.Process.Signal(syscall.SIGTERM))
	ended := make(chan error, 1)
	go func() { ended <- c.command.Wait() }() // it ends with the process, which has a minute
	select {
	case err := <-ended:
		require.NoError(t, err, c.said.String())
	case <-time.After(time.Minute):
		require.Fail(t, "the crowd does not leave", c.said.String())
	}
	lines := bytes.Split(bytes.TrimSpace([]byte(c.said.String())), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-2):], []byte("\n")))
}
