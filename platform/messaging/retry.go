package messaging

import (
	"math"
	"math/rand/v2"
	"time"
)

// Retry is how often and how fast a failing message is tried again. Zero fields stand for the defaults.
type Retry struct {
	MaxRetries int           // attempts after the first, unless a dependency is away; default 5, negative for none
	Initial    time.Duration // pause before the first retry; default 100 ms
	Max        time.Duration // longest pause; default 5 s
	Factor     float64       // growth of the pause; default 2
	Jitter     float64       // share of a pause that is random, up to 1; default 0.5, negative for none
}

func (r Retry) withDefaults() Retry {
	defaults := Retry{MaxRetries: 5, Initial: 100 * time.Millisecond, Max: 5 * time.Second, Factor: 2, Jitter: 0.5}
	if r.MaxRetries != 0 {
		defaults.MaxRetries = max(r.MaxRetries, 0)
	}
	if r.Initial != 0 {
		defaults.Initial = r.Initial
	}
	if r.Max != 0 {
		defaults.Max = r.Max
	}
	if r.Factor != 0 {
		defaults.Factor = r.Factor
	}
	if r.Jitter != 0 {
		defaults.Jitter = max(r.Jitter, 0)
	}
	return defaults
}

// pause returns how long to wait before the n-th retry. Jitter keeps messages that failed together from coming back
// together.
func (r Retry) pause(n int) time.Duration {
	full := min(float64(r.Initial)*math.Pow(r.Factor, float64(n-1)), float64(r.Max))
	return time.Duration(full * (1 - r.Jitter*rand.Float64()))
}
