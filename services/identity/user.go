// Package identity knows who somebody is: users, their sessions and the keys their tokens are signed with.
package identity

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
)

// The limits of what a user may enter.
const (
	MinPassword = 8   // characters
	MaxPassword = 200 // bytes
	MaxName     = 100 // characters
	MaxEmail    = 254 // bytes: RFC 5321
)

// User is somebody who can sign in.
type User struct {
	ID           string
	Email        string // normalised; unique
	FirstName    string
	LastName     string
	PasswordHash string   // never leaves the service
	Roles        []string // in the order of rank; customer is always among them
	CreatedAt    time.Time
}

// Is reports whether the user has the role.
func (u User) Is(role string) bool { return slices.Contains(u.Roles, role) }

// Loses reports whether the user has a role that is not among roles.
func (u User) Loses(roles []string) bool {
	return slices.ContainsFunc(u.Roles, func(r string) bool { return !slices.Contains(roles, r) })
}

func (u User) message() contracts.User { return contracts.User{ID: u.ID, Roles: u.Roles} }

// Profile is what somebody enters to sign up.
type Profile struct {
	Email     string
	Password  string
	FirstName string
	LastName  string
}

// NormalEmail returns the form under which an e-mail address is stored and looked up.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// normal returns the profile as it will be stored, or an Invalid error naming each field that breaks a rule.
func (p Profile) normal() (Profile, error) {
	p.Email = NormalEmail(p.Email)
	p.FirstName, p.LastName = strings.TrimSpace(p.FirstName), strings.TrimSpace(p.LastName)
	fields := slices.Concat(
		check("email", isEmail(p.Email), "must be an e-mail address"),
		checkPassword("password", p.Password),
		check("first_name", isName(p.FirstName), "must have 1 to 100 characters"),
		check("last_name", isName(p.LastName), "must have 1 to 100 characters"),
	)
	if len(fields) > 0 {
		return Profile{}, fault.InvalidFields(fields...)
	}
	return p, nil
}

func check(field string, ok bool, rule string) []fault.Field {
	if ok {
		return nil
	}
	return []fault.Field{{Field: field, Rule: rule}}
}

func checkPassword(field, password string) []fault.Field {
	long := utf8.RuneCountInString(password) >= MinPassword
	return check(field, long && len(password) <= MaxPassword, "must have at least 8 characters and at most 200 bytes")
}

func isEmail(email string) bool {
	address, err := mail.ParseAddress(email)
	return err == nil && address.Address == email && len(email) <= MaxEmail
}

func isName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n >= 1 && n <= MaxName
}

// ranks are the roles there are, lowest first.
func ranks() []string { return []string{auth.RoleCustomer, auth.RoleOrganizer, auth.RoleOperator} }

// normalRoles returns the roles in the order of rank, once each and with customer; it names those there are not.
func normalRoles(roles []string) ([]string, error) {
	if slices.ContainsFunc(roles, func(r string) bool { return !slices.Contains(ranks(), r) }) {
		return nil, fault.InvalidField("roles", "must be of "+strings.Join(ranks(), ", "))
	}
	return slices.DeleteFunc(ranks(), func(r string) bool {
		return r != auth.RoleCustomer && !slices.Contains(roles, r)
	}), nil
}
