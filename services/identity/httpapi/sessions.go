package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/identity"
)

// Credentials is the body of a sign-in.
type Credentials struct {
	Email    string `json:"email" example:"ada@example.org"`
	Password string `json:"password" example:"correct horse battery"`
}

// Session is what somebody who is signed in holds.
type Session struct {
	Token   string    `json:"token" doc:"Send it as Authorization: Bearer"`
	Expires time.Time `json:"expires_at" doc:"When the token stops being accepted; renew it before"`
}

// sessionOutput must not be kept by anybody on the way.
type sessionOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         Session
}

func showToken(t identity.Token) *sessionOutput {
	return &sessionOutput{CacheControl: "no-store", Body: Session{Token: t.Value, Expires: t.Expires}}
}

func (h handlers) createSession(ctx context.Context, in *struct{ Body Credentials }) (*sessionOutput, error) {
	token, err := h.service.SignIn(ctx, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return showToken(token), nil
}

func (h handlers) renewSession(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
	token, err := h.service.Renew(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	return showToken(token), nil
}

func (h handlers) deleteSession(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.service.SignOut(ctx, caller(ctx))
}

// keys serves the public keys that verifiers check tokens with.
func (h handlers) keys(failed func(context.Context, error)) http.Handler {
	return document("application/jwk-set+json", failed, func(ctx context.Context) ([]byte, error) {
		keys, err := h.service.PublicKeys(ctx)
		if err != nil {
			return nil, err
		}
		return auth.EncodeKeys(keys)
	})
}

// revocations serves the sessions whose tokens verifiers refuse.
func (h handlers) revocations(failed func(context.Context, error)) http.Handler {
	return document("application/json", failed, func(ctx context.Context) ([]byte, error) {
		revocations, err := h.service.Revocations(ctx)
		if err != nil {
			return nil, err
		}
		return auth.EncodeRevocations(revocations)
	})
}

func document(mediaType string, failed func(context.Context, error), encode func(context.Context) ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := encode(r.Context())
		if err != nil {
			if failed != nil {
				failed(r.Context(), err)
			}
			httpserver.WriteProblem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(body) // the connection is the client's
	})
}
