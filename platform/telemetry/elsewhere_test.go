package telemetry_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/telemetry"
)

func TestSpansOfElsewhereKeepTheirIDsAndTimes(t *testing.T) {
	t.Parallel()
	o := listen(t)
	began := time.Date(2030, 1, 2, 20, 0, 0, 1000, time.UTC)
	browser := o.telemetry.Elsewhere("web")
	browser.Tell(telemetry.SpanElsewhere{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, Name: "click", Start: began, End: began.Add(time.Second),
	})
	browser.Tell(telemetry.SpanElsewhere{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{3}, ParentID: trace.SpanID{2}, Name: "POST", Client: true,
		Start: began, End: began, Tags: map[string]string{"url.path": "/"}, Error: "no answer",
	})
	click, call := o.spans.Ended()[0], o.spans.Ended()[1]
	require.Equal(t, trace.TraceID{1}, click.SpanContext().TraceID())
	require.Equal(t, trace.SpanID{2}, click.SpanContext().SpanID())
	require.False(t, click.Parent().IsValid())
	require.Equal(t, began, click.StartTime())
	require.Equal(t, began.Add(time.Second), click.EndTime())
	require.Equal(t, trace.SpanKindInternal, click.SpanKind())
	require.Contains(t, click.Resource().String(), "service.name=web")
	require.Contains(t, click.Resource().String(), "service.version=1.2.3")

	require.Equal(t, trace.TraceID{1}, call.SpanContext().TraceID())
	require.Equal(t, trace.SpanID{3}, call.SpanContext().SpanID())
	require.Equal(t, trace.SpanID{2}, call.Parent().SpanID())
	require.Equal(t, trace.SpanKindClient, call.SpanKind())
	require.Equal(t, codes.Error, call.Status().Code)
	require.Equal(t, map[string]any{"url.path": "/"}, attributes(call))
}

func TestWithoutProcessorsThereIsNoElsewhere(t *testing.T) {
	t.Parallel()
	quiet, err := telemetry.New(telemetry.Options{Service: "gateway", Registry: listen(t).registry})
	require.NoError(t, err)
	require.Nil(t, quiet.Elsewhere("web"))
}
