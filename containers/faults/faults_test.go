package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	deadline = 10 * time.Second // of every answer: the gateway gives a service no longer
	slack    = time.Second      // for a busy machine, which may also refuse one in fifty
	quick    = time.Second      // half of the refusals, at least: a circuit is open most of the time
	some     = 20               // bookings that show that selling goes on
)

// TestFaults harms one platform in one way after the other, and after each requires that all of it has come true that
// somebody was told.
func TestFaults(t *testing.T) {
	p := startPlatform(t)
	for _, h := range p.harms(t) {
		t.Run(h.name, func(t *testing.T) {
			if !p.ways.has(h.ways...) {
				t.Skipf("the store is a file: %s", p.choice.Store)
			}
			p.logOnFailure(t)
			p.suffers(t, h)
		})
	}
}

// trial is a harm with what was seen of it.
type trial struct {
	harm
	sale  *sale
	watch *watch
	began time.Time     // the harm was done
	known time.Time     // everybody who has to notice had
	ended time.Time     // it was undone
	back  time.Duration // until all was well again
}

// suffers sells, harms, mends, goes on selling, and then compares everything with the ledger.
func (p *platform) suffers(t *testing.T, h harm) {
	t.Helper()
	small, large := p.announceTwo(t)
	r := &trial{harm: h, watch: p.watch(t)}
	eventually(t, r.watch.unwell)
	r.sale = openSale(t, p.shop, small, large)
	r.sale.goesOn(t, time.Now(), some)

	r.began = time.Now()
	t.Cleanup(func() {
		if r.ended.IsZero() { // the next fault begins on a whole platform
			assert.NoError(t, errors.Join(h.end(context.WithoutCancel(t.Context())), p.ways.mend()))
		}
	})
	require.NoError(t, h.begin(t.Context()))
	eventually(t, func() string { return r.watch.unharmed(h.unready, h.opens) })
	r.known = time.Now()
	if h.sells {
		r.sale.goesOn(t, r.known, some)
	}
	wait(t.Context(), max(time.Until(r.began.Add(h.lasts)), lookEvery*10)) // a service that should not be ready could be
	r.ended = time.Now()
	require.NoError(t, h.end(t.Context()))
	r.sale.goesOn(t, r.ended, some)
	eventually(t, r.watch.unwell)
	r.back = time.Since(r.ended)
	r.sale.close()
	r.watch.close()

	r.answeredWell(t)
	r.toldTheTruth(t)
	r.sale.settle(t)
	p.drains(t)
	require.NoError(t, p.Part("booking").Restart(t.Context())) // what was answered has to outlive that; and the auditor looks now
	p.balances(t, r.sale)
	t.Log(r)
}

// announceTwo announces an event that sells out soon, and one that does not, and waits until they can be booked.
func (p *platform) announceTwo(t *testing.T) (small, large event) {
	t.Helper()
	mark := fmt.Sprintf("%08x", rand.Uint32())
	small, large = p.shop.announce(t, "small"+mark, smallCapacity), p.shop.announce(t, "large"+mark, largeCapacity)
	eventually(t, func() string {
		if known := p.inventories(t); known[small.id].ID == "" || known[large.id].ID == "" {
			return "the booking service does not know the events"
		}
		return ""
	})
	return small, large
}

// answeredWell requires that nobody waited beyond the deadline, or was told anything that they cannot act on.
func (r *trial) answeredWell(t *testing.T) {
	t.Helper()
	require.Empty(t, r.sale.strange())
	for _, a := range r.sale.told {
		require.Less(t, a.took, deadline+slack, "%s answered %d too late", a.service, a.status)
	}
	f := r.sale.figures("booking", r.began, r.ended)
	if r.sells {
		require.LessOrEqual(t, f.refused, 1+f.served/50, "buyers were refused")
	}
	if slices.Contains(r.opens, "booking") {
		require.Positive(t, f.refused)
		require.Less(t, f.typicalRefusal, quick, "of %d refusals", f.refused)
	}
}

// toldTheTruth requires that services that were harmed said so until they were mended, that the others were ready, that all
// lived, and that no circuit opened without need. On a machine that has too much to do, a service may miss a look.
func (r *trial) toldTheTruth(t *testing.T) {
	t.Helper()
	const most = 0.5
	for _, service := range services() {
		alive := r.watch.share(service, r.began, r.ended, func(l look) bool { return l.alive })
		if service != r.killed {
			require.Greater(t, alive, most, "%s did not live", service)
		}
		ready := func(l look) bool { return l.ready }
		if slices.Contains(r.unready, service) {
			require.Zero(t, r.watch.share(service, r.known, r.ended, ready), "%s was ready, which it could not be", service)
		} else {
			require.Greater(t, r.watch.share(service, r.began, r.ended, ready), most, "%s was not ready", service)
		}
	}
	require.Subset(t, r.watch.circuits(), r.opens, "open circuits")
	require.Subset(t, append(slices.Clone(r.opens), r.unready...), r.watch.circuits(), "open circuits")
}

// String returns the row of docs/faults.md.
func (r *trial) String() string {
	f := r.sale.figures("booking", r.began, r.ended)
	return fmt.Sprintf("| %s | %.0f s | %d | %d | %s | %.1f s | %s | %s | %.1f s | %d |", r.name, r.ended.Sub(r.began).Seconds(),
		f.served, f.refused, f.typicalRefusal.Round(time.Millisecond), f.longest.Seconds(), strings.Join(r.unready, ", "),
		strings.Join(r.opens, ", "), r.back.Seconds(), len(r.sale.orders))
}
