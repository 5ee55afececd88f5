package steps

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cucumber/godog"
)

// person is somebody in a scenario.
type person struct {
	id       string
	first    string
	email    string
	password string
	token    string       // empty: not signed in
	earlier  string       // the token before the last sign-in or renewal
	cookie   *http.Cookie // of the session on the page; nil: not signed in there
}

// The people who are not called by a first name; "a visitor" and "the visitor" are nobody in particular.
const (
	theOrganizer = "the organizer"
	theOperator  = "the operator"
)

// person returns somebody, without signing them up.
func (s *scenario) person(name string) *person {
	if strings.HasSuffix(name, " visitor") {
		return &person{}
	}
	if p, ok := s.people[name]; ok {
		return p
	}
	first := strings.TrimPrefix(name, "the ")
	p := &person{first: first, email: strings.ToLower(first) + "." + s.mark + "@example.com", password: "a good password " + s.mark}
	if name == theOperator {
		account := s.world.Operator()
		p.email, p.password = account.Email, account.Password
	}
	s.people[name] = p
	s.secrets = append(s.secrets, p.email, p.password)
	return p
}

// actor returns somebody signed in, except for a visitor and those who signed out.
func (s *scenario) actor(ctx context.Context, name string) (*person, error) {
	p := s.person(name)
	switch {
	case p.token != "" || p.email == "":
		return p, nil
	case name == theOrganizer:
		return p, s.isOrganizer(ctx, name)
	default:
		return p, s.enter(ctx, p)
	}
}

// enter signs somebody up, unless they have an account, and in.
func (s *scenario) enter(ctx context.Context, p *person) error {
	e, err := s.client.do(ctx, request{method: http.MethodPost, path: "/api/v1/users", body: encode(signUp(p))})
	if err != nil {
		return err
	}
	if e.status != http.StatusConflict { // the operator of a shared world signs up once only
		if err := e.want(http.StatusCreated); err != nil {
			return err
		}
	}
	if e, err = s.client.do(ctx, signIn(p, p.password)); err != nil {
		return err
	}
	if err := e.want(http.StatusCreated); err != nil {
		return err
	}
	return s.admit(ctx, p, e)
}

// admit keeps the token of an answer to a sign-in or renewal, and learns the person's id.
func (s *scenario) admit(ctx context.Context, p *person, e *exchange) error {
	var session struct{ Token string }
	if err := e.decode(&session); err != nil {
		return err
	}
	p.earlier, p.token = p.token, session.Token
	s.secrets = append(s.secrets, p.token)
	var user struct{ ID string }
	if err := s.call(ctx, request{method: http.MethodGet, path: "/api/v1/users/me", token: p.token}, http.StatusOK, &user); err != nil {
		return err
	}
	p.id = user.ID
	return nil
}

func signUp(p *person) map[string]any {
	return map[string]any{"email": p.email, "password": p.password, "first_name": p.first, "last_name": "Example"}
}

func signIn(p *person, password string) request {
	body := encode(map[string]string{"email": p.email, "password": password})
	return request{method: http.MethodPost, path: "/api/v1/sessions", body: body}
}

func (s *scenario) peopleSentences() []Sentence {
	return []Sentence{
		{"{person} is signed in", "Everybody is signed up and in when first needed; this only says so.", s.isSignedIn},
		{"{person} is an organizer", "Signs up, signs in and is made an organizer by the operator.", s.isOrganizer},
		{"{person} signs up", "", s.signsUp},
		{"{person} signs up with the {field} {json}", "", s.signsUpWith},
		{"{person} cannot sign up with any of these:", "A table of fields and values.", s.cannotSignUpWith},
		{"{person} cannot sign up without any one of these:", "A table of fields.", s.cannotSignUpWithout},
		{"{person} signs in", "", s.signsIn},
		{"{person} signs in with the password {text}", "", s.signsInWith},
		{"{person} signs out", "", s.signsOut},
		{"{person} renews the session", "Uses the new token from then on.", s.renews},
		{"{person} changes the password to {text}", "", s.changesPassword},
		{"{person} changes the password from {text} to {text}", "Giving that as the current one.", s.changesPasswordFrom},
		{"{person} gives {person} the role {text}", "In place of the roles they had.", s.givesRole},
		{"{person} looks at their profile", "", s.looksAtProfile},
		{"the profile of {person} shows the role {text}", "", s.profileShowsRole},
		{"every service refuses the token of {person} within {n} second(s)",
			"Asks the identity, event, booking and search services.", s.tokenRefused},
		{"the earlier token of {person} still works", "The one before the last sign-in or renewal.", s.earlierTokenWorks},
	}
}

func (s *scenario) isSignedIn(ctx context.Context, name string) error {
	_, err := s.actor(ctx, name)
	return err
}

func (s *scenario) isOrganizer(ctx context.Context, name string) error {
	p := s.person(name)
	if err := s.enter(ctx, p); err != nil {
		return err
	}
	operator, err := s.actor(ctx, theOperator)
	if err != nil {
		return err
	}
	grant := request{
		method: http.MethodPut, path: "/api/v1/users/" + p.id + "/roles", body: `{"roles":["customer","organizer"]}`, token: operator.token,
	}
	if err := s.call(ctx, grant, http.StatusOK, nil); err != nil {
		return err
	}
	e, err := s.client.do(ctx, request{method: http.MethodPut, path: "/api/v1/sessions/current", token: p.token})
	if err != nil {
		return err
	}
	if err := e.want(http.StatusOK); err != nil {
		return err
	}
	return s.admit(ctx, p, e) // the new token has the new role
}

func (s *scenario) signsUp(ctx context.Context, name string) error {
	return s.sendSignUp(ctx, signUp(s.person(name)))
}

func (s *scenario) signsUpWith(ctx context.Context, name, field, value string) error {
	body := signUp(s.person(name))
	if err := setField(body, field, value); err != nil {
		return err
	}
	return s.sendSignUp(ctx, body)
}

func (s *scenario) cannotSignUpWith(ctx context.Context, name string, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error { return s.signsUpWith(ctx, name, row["field"], row["value"]) })
}

func (s *scenario) cannotSignUpWithout(ctx context.Context, name string, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error {
		body := signUp(s.person(name))
		delete(body, row["field"])
		return s.sendSignUp(ctx, body)
	})
}

func (s *scenario) sendSignUp(ctx context.Context, body map[string]any) error {
	return s.send(ctx, request{method: http.MethodPost, path: "/api/v1/users", body: encode(body)})
}

func (s *scenario) signsIn(ctx context.Context, name string) error {
	return s.signsInWith(ctx, name, s.person(name).password)
}

// signsInWith may fail: then the answer is the problem, and the person keeps the token they have.
func (s *scenario) signsInWith(ctx context.Context, name, password string) error {
	p := s.person(name)
	s.secrets = append(s.secrets, password)
	if err := s.send(ctx, signIn(p, password)); err != nil {
		return err
	}
	if s.last.status != http.StatusCreated {
		return nil
	}
	p.password = password
	return s.admit(ctx, p, s.last)
}

func (s *scenario) signsOut(ctx context.Context, name string) error {
	return s.sendAs(ctx, name, http.MethodDelete, "/api/v1/sessions/current", "")
}

func (s *scenario) renews(ctx context.Context, name string) error {
	if err := s.sendAs(ctx, name, http.MethodPut, "/api/v1/sessions/current", ""); err != nil {
		return err
	}
	if s.last.status != http.StatusOK {
		return nil
	}
	return s.admit(ctx, s.person(name), s.last)
}

func (s *scenario) changesPassword(ctx context.Context, name, password string) error {
	return s.changesPasswordFrom(ctx, name, s.person(name).password, password)
}

func (s *scenario) changesPasswordFrom(ctx context.Context, name, current, password string) error {
	s.secrets = append(s.secrets, current, password)
	body := encode(map[string]string{"current_password": current, "new_password": password})
	return s.sendAs(ctx, name, http.MethodPut, "/api/v1/users/me/password", body)
}

func (s *scenario) givesRole(ctx context.Context, name, other, role string) error {
	p, err := s.actor(ctx, other)
	if err != nil {
		return err
	}
	return s.sendAs(ctx, name, http.MethodPut, "/api/v1/users/"+p.id+"/roles", encode(map[string]any{"roles": []string{role}}))
}

func (s *scenario) looksAtProfile(ctx context.Context, name string) error {
	return s.sendAs(ctx, name, http.MethodGet, "/api/v1/users/me", "")
}

func (s *scenario) profileShowsRole(ctx context.Context, name, role string) error {
	if err := s.looksAtProfile(ctx, name); err != nil {
		return err
	}
	var user struct{ Roles []string }
	if err := s.last.decode(&user); err != nil {
		return err
	}
	if !slices.Contains(user.Roles, role) {
		return s.last.unlike("the profile should show the role %s", role)
	}
	return nil
}

func (s *scenario) tokenRefused(ctx context.Context, name string, seconds int) error {
	token := s.person(name).token
	return within(ctx, time.Duration(seconds)*time.Second, func(ctx context.Context) error {
		for _, path := range []string{"/users/me", "/events", "/bookings", "/search?q=jazz"} {
			e, err := s.client.do(ctx, request{method: http.MethodGet, path: "/api/v1" + path, token: token})
			if err != nil {
				return err
			}
			if err := e.want(http.StatusUnauthorized); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *scenario) earlierTokenWorks(ctx context.Context, name string) error {
	p := s.person(name)
	if p.earlier == "" {
		return fmt.Errorf("%s has had one token only", name)
	}
	return s.call(ctx, request{method: http.MethodGet, path: "/api/v1/users/me", token: p.earlier}, http.StatusOK, nil)
}
