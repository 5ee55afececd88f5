package dynamodb

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestURLNamesRegionPrefixAndEndpoint(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]address{
		"dynamodb://eu-central-1/shop":                        {"eu-central-1", "shop", ""},
		"dynamodb://local/shop.v2?endpoint=http://dynamo:800": {"local", "shop.v2", "http://dynamo:800"},
	} {
		got, err := parse(url)
		require.NoError(t, err, url)
		require.Equal(t, want, got)
	}
}

func TestURLThatIsWrongIsRefusedWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	for url, why := range map[string]string{
		"dynamodb:eu-central-1/shop":                          "must be dynamodb://REGION/TABLE_PREFIX",
		"dynamodb://eu-central-1":                             "prefix",
		"dynamodb://eu-central-1/shop/tables":                 "prefix",
		"dynamodb://eu-central-1/" + strings.Repeat("x", 201): "prefix",
		"dynamodb://key:hush@eu-central-1/shop":               "must be dynamodb://REGION/TABLE_PREFIX",
		"dynamodb://eu-central-1/shop?timeout=1s":             "unknown parameter timeout: known is endpoint",
		"dynamodb://local/shop?endpoint=dynamo:8000":          "endpoint must be",
		"dynamodb://local/shop?endpoint=http://a:hush@b:80":   "endpoint must be",
	} {
		_, err := parse(url)
		require.ErrorContains(t, err, why, url)
		require.NotContains(t, err.Error(), "hush")
	}
}
