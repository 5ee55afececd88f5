// Package fault is the platform's one error vocabulary.
//
// Domain code returns a *Error; httpserver maps its Kind once to an HTTP status and an RFC 9457 problem, messaging maps
// it once to ack, retry or dead letter. Any other error counts as Internal and its text never reaches a user.
package fault

import (
	"errors"
	"fmt"
)

// Kind says who has to act on an error. The zero value is Internal.
type Kind uint8

// The seven kinds.
const (
	Internal        Kind = iota // a defect of ours
	Invalid                     // the request can never succeed as it is
	Unauthenticated             // the caller has to sign in
	Forbidden                   // the caller's roles do not allow it
	NotFound                    // no such thing, or not the caller's
	Conflict                    // the state of the thing forbids it now
	Unavailable                 // a dependency is away: the same request may succeed later
)

// String returns the kind in the form logs and metrics use, such as "not_found".
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case Unauthenticated:
		return "unauthenticated"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Field names one offending part of a request and the rule it broke.
type Field struct {
	Field string `json:"field" doc:"The offending field, as a path such as halls[0].capacity, or a header or query parameter"`
	Rule  string `json:"rule" doc:"The rule it broke"`
}

// Error is an error a caller can act on. Create it with New or one of the functions named after the kinds.
type Error struct {
	Kind   Kind
	Code   string  // stable slug of the problem type, such as "sold-out"
	Detail string  // one sentence for the person who sent the request; never a secret
	Fields []Field // what to correct, for Invalid
	cause  error
}

// New returns an error of the kind. The code is a stable slug that clients switch on.
func New(kind Kind, code, detail string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// InvalidField returns an Invalid error about one field of a request.
func InvalidField(field, rule string) *Error {
	return InvalidFields(Field{Field: field, Rule: rule})
}

// InvalidFields returns an Invalid error about several fields of a request.
func InvalidFields(fields ...Field) *Error {
	return &Error{Kind: Invalid, Code: "invalid-request", Detail: "The request breaks a rule.", Fields: fields}
}

// Missing returns a NotFound error for a thing such as "event".
func Missing(thing string) *Error {
	return New(NotFound, thing+"-not-found", "There is no such "+thing+".")
}

// Away returns an Unavailable error for a dependency such as "event service"; cause is for logs only.
func Away(dependency string, cause error) *Error {
	return &Error{Kind: Unavailable, Code: "unavailable", Detail: "The " + dependency + " does not answer at the moment.", cause: cause}
}

// Error returns the code and detail, and the cause where there is one.
func (e *Error) Error() string {
	text := e.Code + ": " + e.Detail
	for _, f := range e.Fields {
		text += fmt.Sprintf(" %s %s.", f.Field, f.Rule)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause, if any.
func (e *Error) Unwrap() error { return e.cause }

// WithCause returns a copy of e that wraps cause; the cause is for logs, never for users.
func (e *Error) WithCause(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// KindOf returns the kind of the first *Error in err's tree; Internal where there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// CodeOf returns the code of the first *Error in err's tree; "internal" where there is none.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return "internal"
}
