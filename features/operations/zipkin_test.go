package operations_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/operations"
)

func TestZipkinQueryIsWhatTheSearchPageAsksFor(t *testing.T) {
	t.Parallel()
	const times = "&lookback=range&startTs=1000&endTs=3000&limit=20"
	for page, want := range map[string]string{
		"serviceName=gateway&minDuration=250ms" + times: "endTs=3000&limit=20&lookback=2000&minDuration=250000&serviceName=gateway",
		"annotationQuery=user.hash%3Dabc" + times:       "annotationQuery=user.hash%3Dabc&endTs=3000&limit=20&lookback=2000",
	} {
		got, err := operations.ZipkinQuery(&url.URL{RawQuery: page})
		require.NoError(t, err)
		require.Equal(t, want, got.Encode())
	}
	for page, problem := range map[string]string{
		"service=gateway" + times:            `no parameter "service"`,
		"minDuration=0.25s" + times:          "no duration",
		"serviceName=gateway&limit=20":       "waits for a person",
		"serviceName=gateway&lookback=1h":    "waits for a person",
		"lookback=range&startTs=1&endTs=now": "waits for a person",
	} {
		_, err := operations.ZipkinQuery(&url.URL{RawQuery: page})
		require.ErrorContains(t, err, problem)
	}
}
