package seats_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/gateway/seats"
)

func TestAPageHearsEachEventOnceAndThenWhatChanges(t *testing.T) {
	t.Parallel()
	s := newService("e1", "e2", "e3")
	p := start(t, s).follow(t, "e2", "e1", "nobody knows it", "e2")
	p.hears(t, "e1", 10)
	p.hears(t, "e2", 10)
	s.asks(t)
	s.set("e3", 7) // of no interest
	s.set("e2", 9)
	p.hears(t, "e2", 9)
	s.asks(t)
	s.set("e1", 0)
	p.hears(t, "e1", 0)
	_, last := s.questions()
	require.Equal(t, []string{"e1", "e2"}, last, "what does not exist is not asked for for ever")
}

func TestAStreamOutlivesTheServersTimeouts(t *testing.T) {
	t.Parallel()
	s := newService("e1")
	const timeout = 200 * time.Millisecond
	p := startBehind(t, &http.Server{ReadTimeout: timeout, WriteTimeout: timeout}, s).follow(t, "e1")
	p.hears(t, "e1", 10)
	for began, left := time.Now(), 9; time.Since(began) < 4*timeout; left-- {
		s.asks(t)
		s.set("e1", left)
		p.hears(t, "e1", left)
	}
}

func TestAThousandPagesCostOneQuestionATime(t *testing.T) {
	t.Parallel()
	const pages, every = 1000, 50 * time.Millisecond
	s := newService("e1", "e2")
	g := start(t, s, func(o *seats.Options) { o.MaxPerClient, o.Every = pages, every })
	following := make([]*page, pages)
	for i := range following {
		following[i] = g.follow(t, "e1", "e2")
	}
	require.NoError(t, testutil.GatherAndCompare(g.registry, strings.NewReader(fmt.Sprintf(`
# HELP gateway_seat_streams Streams of seats that pages hold open.
# TYPE gateway_seat_streams gauge
gateway_seat_streams %d
`, pages))))
	for _, p := range following {
		p.hears(t, "e1", 10)
		p.hears(t, "e2", 10)
	}
	before, _ := s.questions()
	began := time.Now()
	s.set("e2", 3)
	for _, p := range following {
		p.hears(t, "e2", 3)
	}
	s.asks(t)
	after, last := s.questions()
	require.LessOrEqual(t, after-before, int(time.Since(began)/every)+1)
	require.Equal(t, []string{"e1", "e2"}, last)
}

func TestManyEventsAreAskedForInBatches(t *testing.T) {
	t.Parallel()
	s := newService()
	var ids []string
	for i := range 130 {
		id := fmt.Sprintf("e%03d", i)
		s.set(id, 10)
		ids = append(ids, id)
	}
	g := start(t, s)
	pages := []*page{g.follow(t, ids[:50]...), g.follow(t, ids[50:100]...), g.follow(t, ids[100:]...)}
	for i, p := range pages {
		for _, id := range ids[50*i : min(50*i+50, len(ids))] {
			p.hears(t, id, 10)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, question := range s.asked {
		require.LessOrEqual(t, len(question), 100)
	}
}

func TestAPageThatDoesNotReadIsDroppedAndNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := newService("e1")
	g := start(t, s, func(o *seats.Options) { o.Patience = 500 * time.Millisecond })
	slow, quick := g.get(t, "192.0.2.2", "e1"), g.follow(t, "e1")
	quick.hears(t, "e1", 10)
	open := func() float64 {
		n, err := testutil.GatherAndCount(g.registry)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		families, err := g.registry.Gather()
		require.NoError(t, err)
		return families[0].GetMetric()[0].GetGauge().GetValue()
	}
	require.InDelta(t, 2, open(), 0)
	for left := 9; open() > 1; left-- { // quick hears of every change, while slow is still there and when it is not
		s.set("e1", left)
		quick.hears(t, "e1", left)
	}
	_, err := io.ReadAll(slow.Body)
	require.Error(t, err, "half an answer does not pass for a whole one")
}

func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	p := start(t, newService(), func(o *seats.Options) { o.Alive = soon }).follow(t, "none")
	require.True(t, p.lines.Scan())
	require.Equal(t, "retry: 2000", p.lines.Text())
	for range 10 {
		require.True(t, p.lines.Scan())
		require.Contains(t, []string{"", ":"}, p.lines.Text())
	}
}

func TestStopEndsStreamsAndQuestions(t *testing.T) {
	t.Parallel()
	s := newService("e1")
	g := start(t, s)
	p := g.follow(t, "e1")
	p.hears(t, "e1", 10)
	require.NoError(t, g.feed.Stop(t.Context()))
	_, more := p.hear()
	require.False(t, more)
	require.NoError(t, p.lines.Err(), "it has ended as it should")
	require.Equal(t, http.StatusServiceUnavailable, g.get(t, "192.0.2.1", "e1").StatusCode)
	require.NoError(t, g.feed.Stop(t.Context()), "once more")

	require.NoError(t, g.feed.Start(t.Context()))
	g.follow(t, "e1").hears(t, "e1", 10)
}

func TestNobodyIsAskedForNobody(t *testing.T) {
	t.Parallel()
	s := newService("e1", "e2")
	g := start(t, s)
	gone, stays := g.follow(t, "e1"), g.follow(t, "e2")
	gone.hears(t, "e1", 10)
	stays.hears(t, "e2", 10)
	require.NoError(t, gone.answer.Body.Close())
	require.Eventually(t, func() bool {
		_, last := s.questions()
		return len(last) == 1 && last[0] == "e2"
	}, patience, time.Millisecond)
}

func TestStreamsGoOnWhileTheServiceIsAway(t *testing.T) {
	t.Parallel()
	s := newService("e1")
	failures := make(chan error, 100)
	g := start(t, s, func(o *seats.Options) { o.Failed = func(_ context.Context, err error) { failures <- err } })
	p := g.follow(t, "e1")
	p.hears(t, "e1", 10)
	s.setAway(true)
	s.asks(t)
	s.asks(t)
	s.set("e1", 4)
	s.setAway(false)
	p.hears(t, "e1", 4)
	require.Len(t, failures, 1, "one outage is told of once")
}

func TestTooManyStreamsAreRefused(t *testing.T) {
	t.Parallel()
	g := start(t, newService("e1"), func(o *seats.Options) { o.MaxStreams, o.MaxPerClient = 3, 2 })
	code := func(client string) string {
		answer := g.get(t, client, "e1")
		if answer.StatusCode == http.StatusOK {
			return "ok"
		}
		var problem struct{ Code string }
		require.NoError(t, json.NewDecoder(answer.Body).Decode(&problem))
		return fmt.Sprint(answer.StatusCode, " ", problem.Code)
	}
	require.Equal(t, "ok", code("192.0.2.1"))
	require.Equal(t, "ok", code("192.0.2.1"))
	require.Equal(t, "429 too-many-requests", code("192.0.2.1"))
	require.Equal(t, "ok", code("192.0.2.2"))
	require.Equal(t, "503 too-many-streams", code("192.0.2.3"))
}

func TestBadRequestsNameTheParameter(t *testing.T) {
	t.Parallel()
	g := start(t, newService())
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprint("e", i)
	}
	for _, ids := range [][]string{nil, {""}, {"e1", strings.Repeat("x", 101)}, many} {
		answer := g.get(t, "192.0.2.1", ids...)
		require.Equal(t, http.StatusBadRequest, answer.StatusCode)
		var problem struct {
			Errors []struct{ Field, Rule string }
		}
		require.NoError(t, json.NewDecoder(answer.Body).Decode(&problem))
		require.Len(t, problem.Errors, 1)
		require.Equal(t, "event", problem.Errors[0].Field)
		require.NotEmpty(t, problem.Errors[0].Rule)
	}
}
