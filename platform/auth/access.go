// Package auth says who a request acts for and what they may do: tokens and their offline verification, the principal in
// a request's context, and the rules of the access table.
package auth

import (
	"crypto/sha256"
	"encoding/hex"
)

// The roles of a user. A new user is a customer; an operator grants the others.
const (
	RoleCustomer  = "customer"
	RoleOrganizer = "organizer"
	RoleOperator  = "operator"
)

// Owner says whose things an operation touches. It is enforced by the use case, which answers "not found" for
// somebody else's; the table states it so that readers and tests have it in one place.
type Owner string

// Callers is for what only the caller owns. The zero Owner stands for what nobody owns, or what is public.
const Callers Owner = "caller"

// Rule says who may call an operation.
type Rule struct {
	Public bool     // no token needed; Roles must be empty
	Roles  []string // any one of these suffices; empty with Public false: whoever is signed in
	Owner  Owner
}

// Table maps OpenAPI operation ids to rules. An operation that is missing from the table cannot be registered.
type Table map[string]Rule

// Principal is the user a request acts for.
type Principal struct {
	UserID    string
	SessionID string
	Roles     []string

	hash string // of UserID, so that a token's requests do not compute it each time; empty where nobody has
}

// Hash stands for the user where ids are not told, such as in traces: the first 16 hexadecimal digits of the id's SHA-256.
// Whoever has the id can make it; nobody gets from it to the id.
func (p Principal) Hash() string {
	if p.hash != "" {
		return p.hash
	}
	sum := sha256.Sum256([]byte(p.UserID))
	return hex.EncodeToString(sum[:hashed])
}

// hashed is how much of the hash stands for a user, in bytes.
const hashed = 8

// Has reports whether the principal has the role.
func (p Principal) Has(role string) bool {
	for _, r := range p.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// Allows reports whether the rule lets a signed-in principal through.
func (r Rule) Allows(p Principal) bool {
	if r.Public || len(r.Roles) == 0 {
		return true
	}
	for _, role := range r.Roles {
		if p.Has(role) {
			return true
		}
	}
	return false
}
