// Package audit is the one shape of the audit log: who did what to what, how it ended and, if it failed, why.
package audit

import (
	"context"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
)

// Who did it where no user did.
const (
	Admin  = "admin"  // the holder of the admin token
	System = "system" // the platform by itself
)

// Denied is the action of somebody who is signed in but lacks the role; the object is the operation.
const Denied = "access.denied"

// Entry is one line of the audit log. It holds ids, never names, addresses or secrets.
type Entry struct {
	Action    string // a thing and a verb, such as "booking.create"
	User      string // who did it: an id, Admin or System
	Pseudonym string // in place of User where nobody knows who it was: stands for what they claimed
	Object    Object
	Reason    string   // why it failed, as the code of a fault; empty: it succeeded
	Details   []Detail // more that the readers of this action want to know
}

// Object is what something was done to. Its ID is empty where it never came to be.
type Object struct {
	Type string // such as "booking"
	ID   string
}

// Detail is a field of its own name: Text or, where that is empty, Number.
type Detail struct {
	Name   string // as in the schema of log lines, such as "booking.seats"
	Text   string
	Number int
}

// Log writes an entry; ctx gives the line its trace.
type Log func(ctx context.Context, e Entry)

// Caller returns the id of the user ctx acts for, and Admin for a call to the admin port, which has none.
func Caller(ctx context.Context) string {
	if p, ok := auth.FromContext(ctx); ok {
		return p.UserID
	}
	return Admin
}

// Reason returns the code of err, and "" where it is nil.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	return fault.CodeOf(err)
}
