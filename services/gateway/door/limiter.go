package door

import (
	"net/netip"
	"sync"
	"time"
)

// maxClients bounds the limiter's memory to about 4 MiB.
const maxClients = 1 << 16

// ipv6Network is the part of an IPv6 address that tells subscribers apart; the rest is theirs to vary.
const ipv6Network = 64

// Limiter is a token bucket per client in one number each (the generic cell rate algorithm): the time at which the
// bucket will be full again. Whoever would push it further into the future than a whole bucket takes has to wait.
type Limiter struct {
	interval time.Duration // one token
	capacity time.Duration // a whole bucket

	mu   sync.Mutex
	full map[netip.Addr]time.Time
}

// NewLimiter returns a limiter that lets each client take so many tokens a second, and burst at once after a pause.
func NewLimiter(perSecond float64, burst int) *Limiter {
	interval := time.Duration(float64(time.Second) / perSecond)
	return &Limiter{interval: interval, capacity: time.Duration(burst) * interval, full: make(map[netip.Addr]time.Time)}
}

// Take takes a token for the client and returns 0, or takes none and returns how long to wait for it.
func (l *Limiter) Take(client netip.Addr, now time.Time) time.Duration {
	key := subscriber(client)
	l.mu.Lock()
	defer l.mu.Unlock()
	full, known := l.full[key]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.interval)
	if wait := full.Sub(now) - l.capacity; wait > 0 {
		return wait
	}
	if !known && len(l.full) >= maxClients {
		l.forget(now)
	}
	l.full[key] = full
	return 0
}

// forget drops the clients whose bucket is full, of whom nothing needs to be known. Where that is not enough it drops
// all: an attacker with so many addresses gets past a limit per address anyway, and the sweep must not run every time.
func (l *Limiter) forget(now time.Time) {
	for client, full := range l.full {
		if !full.After(now) {
			delete(l.full, client)
		}
	}
	if len(l.full) > maxClients/2 {
		clear(l.full)
	}
}

func subscriber(client netip.Addr) netip.Addr {
	if !client.Is6() {
		return client
	}
	network, err := client.Prefix(ipv6Network)
	if err != nil {
		return client // unreachable: a prefix of 64 bits fits
	}
	return network.Addr()
}
