package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/gateway/forward"
)

// Credentials is the body of a sign-in. It and User are the identity service's; merging the API documents fails where they differ.
type Credentials struct {
	Email    string `json:"email" example:"ada@example.org"`
	Password string `json:"password" example:"correct horse battery"`
}

// User is a user as the identity service shows them.
type User struct {
	ID        string    `json:"id"`
	Email     string    `json:"email" format:"email"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Roles     []string  `json:"roles" enum:"customer,organizer,operator"`
	CreatedAt time.Time `json:"created_at"`
}

// token is what the identity service answers to a sign-in. It is no type of the API.
type token struct {
	Value   string    `json:"token"`
	Expires time.Time `json:"expires_at"`
}

// The identity service's paths.
const (
	tokensPath  = "/api/v1/sessions"
	currentPath = "/api/v1/sessions/current"
	mePath      = "/api/v1/users/me"
)

const (
	bearer      = "Bearer "
	callTime    = 10 * time.Second // of one call to the identity service
	maxAnswer   = 64 << 10         // bytes of its answer that are read
	serviceName = "identity service"
)

// identity asks the identity service, each time as the caller.
type identity struct {
	service *forward.Service
}

func (i identity) signIn(ctx context.Context, c Credentials) (t token, err error) {
	return t, i.ask(ctx, http.MethodPost, tokensPath, "", c, &t)
}

func (i identity) renew(ctx context.Context, authorization string) (t token, err error) {
	return t, i.ask(ctx, http.MethodPut, currentPath, authorization, nil, &t)
}

func (i identity) signOut(ctx context.Context, authorization string) error {
	return i.ask(ctx, http.MethodDelete, currentPath, authorization, nil, nil)
}

func (i identity) user(ctx context.Context, authorization string) (u User, err error) {
	return u, i.ask(ctx, http.MethodGet, mePath, authorization, nil, &u)
}

// ask sends body, unless it is nil, and reads the answer into into, unless that is nil.
func (i identity) ask(ctx context.Context, method, path, authorization string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := i.request(ctx, method, path, body)
	if err != nil {
		return fmt.Errorf("ask the %s: %w", serviceName, err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	answer, err := i.service.Do(r)
	if err != nil {
		return fault.Away(serviceName, err)
	}
	defer answer.Body.Close()
	switch known := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)); {
	case answer.StatusCode >= http.StatusBadRequest:
		return refusal(answer.StatusCode, known)
	case into == nil:
		return nil
	default:
		if err := known.Decode(into); err != nil {
			return fault.Away(serviceName, fmt.Errorf("read its answer: %w", err))
		}
		return nil
	}
}

func (i identity) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	if body == nil {
		return http.NewRequestWithContext(ctx, method, i.service.URL(path), http.NoBody)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, i.service.URL(path), bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

// refusal returns the service's problem in its own words; what is not the caller's to mend is the service's absence.
func refusal(status int, answer *json.Decoder) error {
	var p httpserver.Problem
	err := answer.Decode(&p)
	kind, callers := map[int]fault.Kind{
		http.StatusBadRequest: fault.Invalid, http.StatusUnauthorized: fault.Unauthenticated,
		http.StatusForbidden: fault.Forbidden, http.StatusConflict: fault.Conflict,
	}[status]
	if err != nil || !callers {
		return fault.Away(serviceName, fmt.Errorf("it answered %d", status))
	}
	return &fault.Error{Kind: kind, Code: p.Code, Detail: p.Detail, Fields: p.Errors}
}
