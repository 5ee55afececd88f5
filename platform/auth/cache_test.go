package auth

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCacheForgetsOnlyWhatIsNotUsed(t *testing.T) {
	t.Parallel()
	c := newCache(10)
	for i := range 1000 {
		c.put(strconv.Itoa(i), verified{})
		if found, aging, ok := c.get("0"); ok && aging {
			c.put("0", found)
		}
		require.LessOrEqual(t, c.len(), 20)
	}
	_, _, ok := c.get("0")
	require.True(t, ok, "a token in use must survive")
	_, _, ok = c.get("1")
	require.False(t, ok)
}
