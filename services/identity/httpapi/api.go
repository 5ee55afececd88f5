// Package httpapi is identity's HTTP API.
package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/identity"
)

// Options are what the API reports to; both fields may be nil.
type Options struct {
	Audit  audit.Log                            // hears of missing roles
	Failed func(ctx context.Context, err error) // hears of what was answered with 5xx
}

// New returns the API over the use cases. The service is not called before a request arrives.
func New(service *identity.Service, o Options) *httpserver.API {
	api := httpserver.NewAPI(httpserver.APIOptions{
		Title:       "MyEvents identity",
		Version:     "1",
		Description: "Users, their sessions and their roles.",
		Access:      contracts.Access(),
		Audit:       o.Audit,
		Failed:      o.Failed,
	})
	h := handlers{service}
	h.registerUsers(api)
	h.registerSessions(api)
	api.Handle("GET "+auth.KeysPath, h.keys(o.Failed))
	api.Handle("GET "+auth.RevocationsPath, h.revocations(o.Failed))
	return api
}

// handlers translate between HTTP and the use cases.
type handlers struct {
	service *identity.Service
}

// caller returns who calls. The access table lets nobody through to a handler that asks without being signed in.
func caller(ctx context.Context) auth.Principal {
	p, _ := auth.FromContext(ctx)
	return p
}

func (h handlers) registerUsers(api *httpserver.API) {
	tags := []string{"users"}
	httpserver.Register(api, huma.Operation{
		OperationID: "create-user", Method: http.MethodPost, Path: "/api/v1/users", Tags: tags,
		Summary: "Sign up", DefaultStatus: http.StatusCreated, Errors: []int{http.StatusConflict},
		Description: "A new user is a customer; an operator grants other roles. Problems: `invalid-request`, `email-taken`.",
	}, h.createUser)
	httpserver.Register(api, huma.Operation{
		OperationID: "get-own-user", Method: http.MethodGet, Path: "/api/v1/users/me", Tags: tags,
		Summary: "Read oneself",
	}, h.getOwnUser)
	httpserver.Register(api, huma.Operation{
		OperationID: "change-password", Method: http.MethodPut, Path: "/api/v1/users/me/password", Tags: tags,
		Summary: "Change one's password", DefaultStatus: http.StatusNoContent,
		Description: "Ends all sessions of the user, this one too. Problems: `invalid-request`, `wrong-password`.",
	}, h.changePassword)
	httpserver.Register(api, huma.Operation{
		OperationID: "set-user-roles", Method: http.MethodPut, Path: "/api/v1/users/{id}/roles", Tags: tags,
		Summary: "Set somebody's roles", Errors: []int{http.StatusNotFound, http.StatusConflict},
		Description: "Everybody keeps the role customer. Who loses a role is signed out everywhere; who gains one has it with " +
			"the next token. Problems: `invalid-request`, `user-not-found`, `last-operator`.",
	}, h.setRoles)
}

func (h handlers) registerSessions(api *httpserver.API) {
	tags := []string{"sessions"}
	httpserver.Register(api, huma.Operation{
		OperationID: "create-session", Method: http.MethodPost, Path: "/api/v1/sessions", Tags: tags,
		Summary: "Sign in", DefaultStatus: http.StatusCreated, Errors: []int{http.StatusUnauthorized},
		Description: "The token lives 10 minutes and can be renewed for 12 hours. Problems: `invalid-credentials`.",
	}, h.createSession)
	httpserver.Register(api, huma.Operation{
		OperationID: "renew-session", Method: http.MethodPut, Path: "/api/v1/sessions/current", Tags: tags,
		Summary:     "Renew the token",
		Description: "Answers a fresh token with the roles the user has now. Problems: `session-expired`, `session-revoked`.",
	}, h.renewSession)
	httpserver.Register(api, huma.Operation{
		OperationID: "delete-session", Method: http.MethodDelete, Path: "/api/v1/sessions/current", Tags: tags,
		Summary: "Sign out", DefaultStatus: http.StatusNoContent,
		Description: "The session's tokens are refused everywhere within two seconds.",
	}, h.deleteSession)
}
