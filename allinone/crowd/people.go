package crowd

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// person is a user. Whoever made them come may use all that is in it until they leave.
type person struct {
	busy     atomic.Bool
	first    string
	last     string
	account  Account
	member   bool   // has signed up
	token    string // empty: not signed in
	renewed  time.Time
	bookings []*booking // those answered 201 that they remember, oldest first
}

// come returns the person, or nil where they have something else to do.
func (p *person) come() *person {
	if p.busy.CompareAndSwap(false, true) {
		return p
	}
	return nil
}

func (p *person) leave() { p.busy.Store(false) }

// newRun returns what tells this run's people from those of any other.
func newRun() string { return strings.ToLower(rand.Text()[:8]) }

// newPeople makes up the regular customers.
func (c *crowd) newPeople() []*person {
	people := make([]*person, c.options.People)
	for i := range people {
		people[i] = c.newPerson(uint64(i), "customer")
	}
	return people
}

// newPerson makes up somebody. Their password is nobody else's and nowhere kept.
func (c *crowd) newPerson(n uint64, role string) *person {
	firsts, lasts := firstNames(), lastNames()
	return &person{
		first: firsts[n%uint64(len(firsts))], last: lasts[n/7%uint64(len(lasts))],
		account: Account{Email: fmt.Sprintf("%s-%d.%s@load.example", role, n, c.run), Password: rand.Text()},
	}
}

// signUp makes an account and signs in. An account that is there already may be one that was made without an answer.
func (c *crowd) signUp(ctx context.Context, p *person) error {
	err := c.client.need(ctx, request{method: http.MethodPost, path: "/users", body: p.profile()}, nil)
	if err != nil && !refused(err, http.StatusConflict) {
		return err
	}
	p.member = true
	return c.signIn(ctx, p)
}

func (p *person) profile() map[string]string {
	return map[string]string{"email": p.account.Email, "password": p.account.Password, "first_name": p.first, "last_name": p.last}
}

// session is the answer to a sign-in or a renewal.
type session struct{ Token string }

func (c *crowd) signIn(ctx context.Context, p *person) error {
	var s session
	err := c.client.need(ctx, signingIn(p.account), &s)
	p.keep(s)
	return err
}

func signingIn(a Account) request {
	return request{
		method: http.MethodPost, path: "/sessions", body: map[string]string{"email": a.Email, "password": a.Password},
	}
}

func (p *person) keep(s session) { p.token, p.renewed = s.Token, time.Now() }

// renewAfter is half of a token's life.
const renewAfter = 5 * time.Minute

// authenticate makes sure that somebody has a token for the next minutes, and reports whether they do. People sign up when
// they first want something that takes an account.
func (v *visit) authenticate(ctx context.Context) bool {
	p := v.who
	if p.token != "" && time.Since(p.renewed) < renewAfter {
		return true
	}
	if !v.door.TryLock() {
		return false // and comes back another time
	}
	defer v.door.Unlock()
	if !p.member && !v.signsUp(ctx) {
		return false
	}
	var s session
	if p.token != "" {
		if v.send(ctx, request{method: http.MethodPut, path: "/sessions/current"}, http.StatusOK).decode(&s) {
			p.keep(s)
			return true
		}
	}
	if !v.send(ctx, signingIn(p.account), http.StatusCreated).decode(&s) {
		return false
	}
	p.keep(s)
	return true
}

func (v *visit) signsUp(ctx context.Context) bool {
	r := request{method: http.MethodPost, path: "/users", body: v.who.profile()}
	a := v.anonymously(ctx, r, http.StatusCreated, http.StatusConflict) // a conflict: made before, without an answer
	v.who.member = a.ok() || a.status == http.StatusConflict
	return v.who.member
}

func firstNames() []string {
	return []string{
		"Aino", "Bela", "Carla", "Dario", "Elif", "Finn", "Gesa", "Henk", "Ida", "Joris", "Karla", "Leon", "Mila", "Nuri", "Olek", "Pia",
		"Rafael", "Selma", "Tomas", "Ulla", "Vera", "Wim", "Yara", "Zeno",
	}
}

func lastNames() []string {
	return []string{"Albers", "Brandt", "Conti", "Duval", "Eriksen", "Ferrari", "Garcia", "Horvat", "Ivanova", "Jansen", "Kaya", "Lindqvist"}
}
