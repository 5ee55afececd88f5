package mongodb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/mongodb"
)

func TestURLsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ url, says string }{
		"another scheme":            {"mongo://localhost/booking", "must be mongodb://"},
		"no database":               {"mongodb://localhost:27017", "names no database"},
		"no host":                   {"mongodb:///booking", "cannot be read"},
		"an unknown parameter":      {"mongodb://localhost/booking?maxPoolsize=3", `"maxPoolsize" is not known, known are authMechanism,`},
		"a weaker write":            {"mongodb://localhost/booking?w=1", `"w" is not known`},
		"a write without a journal": {"mongodb://localhost/booking?journal=false", `"journal" is not known`},
		"a stale read":              {"mongodb://localhost/booking?readPreference=secondary", `"readPreference" is not known`},
		"a password in the clear":   {"mongodb://anna:se/cr:et@localhost/booking", "percent-encoded"},
		"a bad value":               {"mongodb://anna:secret@localhost/booking?tls=perhaps", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mongodb.Open(t.Context(), mongodb.Options{URL: c.url, Service: "booking"})
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "et@")
			require.NotContains(t, err.Error(), "anna")
		})
	}
}

func TestAServerThatIsAwayIsUnavailableSoon(t *testing.T) {
	t.Parallel()
	began := time.Now()
	_, err := mongodb.Open(t.Context(), mongodb.Options{URL: "mongodb://anna:secret@127.0.0.1:1/booking", Service: "booking"})
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.NotContains(t, err.Error(), "secret")
	require.Less(t, time.Since(began), 10*time.Second)
}
