package lifecycle_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/lifecycle"
)

// diary records what happens to its parts, in order.
type diary struct{ lines []string }

func (d *diary) part(name string, startErr, stopErr error) lifecycle.Part {
	return lifecycle.Funcs(
		func(context.Context) error { d.lines = append(d.lines, "start "+name); return startErr },
		func(ctx context.Context) error {
			d.lines = append(d.lines, "stop "+name)
			return errors.Join(stopErr, ctx.Err())
		},
	)
}

var errBroken = errors.New("broken")

func TestGroupStartsInOrderAndStopsInReverse(t *testing.T) {
	t.Parallel()
	var d diary
	var g lifecycle.Group
	g.Add("a", d.part("a", nil, nil))
	g.Add("b", d.part("b", nil, nil))

	require.NoError(t, g.Start(t.Context()))
	require.NoError(t, g.Stop(t.Context()))
	require.NoError(t, g.Stop(t.Context()), "a second stop does nothing")

	require.Equal(t, []string{"start a", "start b", "stop b", "stop a"}, d.lines)
}

func TestGroupRollsBackAFailedStart(t *testing.T) {
	t.Parallel()
	var d diary
	var g lifecycle.Group
	g.Add("a", d.part("a", nil, nil))
	g.Add("b", d.part("b", nil, nil))
	g.Add("c", d.part("c", errBroken, nil))
	g.Add("d", d.part("d", nil, nil))

	err := g.Start(t.Context())

	require.ErrorIs(t, err, errBroken)
	require.ErrorContains(t, err, "start c")
	require.NoError(t, g.Stop(t.Context()))
	require.Equal(t, []string{"start a", "start b", "start c", "stop b", "stop a"}, d.lines)
}

func TestGroupRollsBackWhenStartingIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var d diary
	var g lifecycle.Group
	g.Add("a", d.part("a", nil, nil))
	g.Add("b", lifecycle.Funcs(func(ctx context.Context) error { cancel(); return ctx.Err() }, nil))

	err := g.Start(ctx)

	require.EqualError(t, err, "start b: context canceled", "a's stop must not see the cancelled context")
	require.Equal(t, []string{"start a", "stop a"}, d.lines)
}

func TestGroupStopsAllPartsWhateverTheyReturn(t *testing.T) {
	t.Parallel()
	errOther := errors.New("other")
	var d diary
	var g lifecycle.Group
	g.Add("a", d.part("a", nil, errBroken))
	g.Add("b", d.part("b", nil, errOther))
	require.NoError(t, g.Start(t.Context()))

	err := g.Stop(t.Context())

	require.ErrorIs(t, err, errBroken)
	require.ErrorIs(t, err, errOther)
	require.ErrorContains(t, err, "stop a")
	require.Equal(t, []string{"start a", "start b", "stop b", "stop a"}, d.lines)
}

func TestGroupCanStartAgain(t *testing.T) {
	t.Parallel()
	var d diary
	var g lifecycle.Group
	g.Add("a", d.part("a", nil, nil))
	for range 2 {
		require.NoError(t, g.Start(t.Context()))
		require.NoError(t, g.Stop(t.Context()))
	}
	require.Equal(t, []string{"start a", "stop a", "start a", "stop a"}, d.lines)
}

func TestRunStopsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := false
	part := lifecycle.Funcs(
		func(context.Context) error { cancel(); return nil },
		func(ctx context.Context) error {
			stopped = true
			deadline, bounded := ctx.Deadline()
			require.True(t, bounded)
			require.WithinDuration(t, time.Now().Add(time.Minute), deadline, 10*time.Second)
			return ctx.Err()
		})

	require.NoError(t, lifecycle.Run(ctx, part, time.Minute))
	require.True(t, stopped)
}

func TestRunReturnsWhatFailed(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var d diary
	require.ErrorIs(t, lifecycle.Run(ctx, d.part("a", errBroken, nil), time.Second), errBroken)
	require.ErrorIs(t, lifecycle.Run(ctx, d.part("b", nil, errBroken), time.Second), errBroken)
	require.Equal(t, []string{"start a", "start b", "stop b"}, d.lines)
}
