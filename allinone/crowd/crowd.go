// Package crowd plays the users of a platform: people who browse, search, book and cancel, an organizer who lists events,
// newcomers, and clients that make mistakes. It goes through the public door only, at a fixed rate whatever the answers
// take, and keeps the books: what was answered 201 has to be there at the end.
package crowd

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// Options say where the crowd goes and how large it is. All but Duration and Operator must be set.
type Options struct {
	URL      string        // of the gateway, without a path
	Rate     float64       // visits a second, each of one to four requests
	Duration time.Duration // 0: until the context ends
	People   int           // regular customers; each does one thing at a time, which bounds the visits under way
	Seed     uint64        // the same one makes the same people want the same things in the same order
	Operator Account       // makes somebody an organizer; others' events are left alone then. Zero: what is there is sold
	Every    time.Duration // between the lines that tell how it goes
	Out      io.Writer     // receives these lines and the summary
}

// Account is how somebody signs in.
type Account struct{ Email, Password string }

// crowd is one run.
type crowd struct {
	options   Options
	client    *client
	tally     *tally
	shelf     *shelf
	books     *books
	run       string     // in all addresses, so that no two runs share an account
	people    []*person  // the regular customers
	organizer *person    // nil where nobody lists events
	location  string     // id of the organizer's
	door      sync.Mutex // one at a time signs up or in: passwords are dear to hash, and what waits for it is in the way
}

// Run lets people come until the context or the duration ends, then audits. It fails where the platform cannot be reached at
// the start, and where the audit does not find what was answered 201.
func Run(ctx context.Context, o Options) error {
	c := newCrowd(o)
	defer c.client.close()
	if err := c.arrive(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped before it began
		}
		return err
	}
	c.stay(ctx)
	_, err := fmt.Fprintln(o.Out, c.tally.summary())
	if err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return c.audit(context.WithoutCancel(ctx))
}

func newCrowd(o Options) *crowd {
	t := newTally()
	c := &crowd{
		options: o, client: newClient(o.URL, o.People, t), tally: t, shelf: &shelf{own: o.Operator != (Account{})},
		books: newBooks(), run: newRun(),
	}
	c.people = c.newPeople()
	return c
}

// arrive puts something on sale, with an operator, and looks at what there is.
func (c *crowd) arrive(ctx context.Context) error {
	if c.options.Operator != (Account{}) {
		if err := c.open(ctx); err != nil {
			return err
		}
	}
	var page page[event]
	if err := c.client.need(ctx, request{path: "/events?limit=100"}, &page); err != nil {
		return err
	}
	c.shelf.see(page.Items...)
	if c.shelf.empty() {
		return fmt.Errorf("nothing is on sale at %s, and nobody lists events without an operator", c.options.URL)
	}
	return nil
}

// stay lets people come at the rate. Visits under way at the end are broken off.
func (c *crowd) stay(ctx context.Context) {
	if c.options.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.options.Duration)
		defer cancel()
	}
	var under sync.WaitGroup
	under.Go(func() { c.tell(ctx) })
	c.tally.start()
	begin, wants := time.Now(), desires()
	for n := uint64(0); ; n++ {
		due := begin.Add(time.Duration(float64(n) / c.options.Rate * float64(time.Second)))
		if !pause(ctx, time.Until(due)) {
			break
		}
		rng := rand.New(rand.NewPCG(c.options.Seed, n))
		want := pick(wants, rng)
		who := c.whoComes(want, rng)
		if who == nil {
			c.tally.turnAway()
			continue
		}
		under.Go(func() {
			defer who.leave()
			want.visit(&visit{crowd: c, rng: rng, who: who, n: n, due: due}, ctx)
		})
	}
	under.Wait()
}

// whoComes returns somebody who has nothing else to do: chance decides who is asked first. It returns nil where all are busy.
func (c *crowd) whoComes(d desire, rng *rand.Rand) *person {
	if d.organizers && c.organizer != nil {
		return c.organizer.come()
	}
	first := rng.IntN(len(c.people))
	for i := range c.people {
		if p := c.people[(first+i)%len(c.people)].come(); p != nil {
			return p
		}
	}
	return nil
}

// tell writes a line every few seconds.
func (c *crowd) tell(ctx context.Context) {
	for pause(ctx, c.options.Every) {
		_, _ = fmt.Fprintln(c.options.Out, c.tally.line()) // whoever reads may have gone; the summary will tell
	}
}

// pause lets d pass and reports whether it did: it ends early with ctx.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
