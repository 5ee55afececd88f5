package telemetry_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/myevents/myevents/platform/telemetry"
)

func TestTaskIsARootLinkedToTheTracesItWorksFor(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	tel, err := telemetry.New(telemetry.Options{
		Service: "search", Logs: io.Discard, Registry: prometheus.NewRegistry(), SpanProcessors: []sdktrace.SpanProcessor{spans},
	})
	require.NoError(t, err)
	caller := telemetry.WithTraceparent(t.Context(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	ctx, task := tel.StartTask(caller, "replay search")
	_, end := tel.StartDB(ctx, "bleve", "apply", "documents")
	end(nil)
	task.Link("")
	task.Link("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
	for i := range 150 {
		task.Link(fmt.Sprintf("00-%032x-b7ad6b7169203331-01", i+1))
	}
	task.End(150, errors.New("disk full"))

	require.Len(t, spans.Ended(), 2)
	operation, root := spans.Ended()[0], spans.Ended()[1]
	require.False(t, root.Parent().IsValid(), "the caller waits for it, but it is not part of the caller's trace")
	require.Equal(t, root.SpanContext().SpanID(), operation.Parent().SpanID())
	require.Len(t, root.Links(), 100)
	require.Zero(t, root.DroppedLinks())
	require.Equal(t, fmt.Sprintf("%032x", 1), root.Links()[0].SpanContext.TraceID().String())
	require.Equal(t, codes.Error, root.Status().Code)
}
