package telemetry_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/telemetry"
)

func TestLogWriterWritesWhatWaitsAtClose(t *testing.T) {
	t.Parallel()
	out := &bytes.Buffer{}
	w := telemetry.NewLogWriter(out, time.Hour)
	_, err := w.Write([]byte("line\n"))
	require.NoError(t, err)
	require.Empty(t, out.String())
	require.NoError(t, w.Close())
	require.NoError(t, w.Close())
	require.Equal(t, "line\n", out.String())
}

// full is a disk that is full for a while.
type full struct {
	bytes.Buffer
	left int // writes that fail
}

func (f *full) Write(p []byte) (int, error) {
	if f.left > 0 {
		f.left--
		return 0, errors.New("no space left")
	}
	return f.Buffer.Write(p)
}

func TestLogWriterCountsWhatIsLostAndGoesOn(t *testing.T) {
	t.Parallel()
	out := &full{left: 1}
	w := telemetry.NewLogWriter(out, time.Hour)
	for range 2 {
		_, err := w.Write([]byte("lost\n"))
		require.NoError(t, err)
	}
	require.Error(t, w.Flush())
	_, err := w.Write([]byte("kept\n"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Equal(t, "kept\n", out.String())
	require.InEpsilon(t, 2, testutil.ToFloat64(w), 0)
}
