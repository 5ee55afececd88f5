package browser

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// CookieName is the name of the cookie that holds the token of a page's session.
const CookieName = "myevents_session"

// BrowserSession is who is signed in. The token is nowhere in it: a script that could read it could also send it elsewhere.
type BrowserSession struct {
	User    User      `json:"user"`
	Expires time.Time `json:"expires_at" doc:"When the cookie stops being accepted; renew it before"`
}

type sessions struct {
	identity identity
	clock    func() time.Time
}

// cookieOutput must not be kept by anybody on the way.
type cookieOutput struct {
	CacheControl string `header:"Cache-Control"`
	Cookie       string `header:"Set-Cookie" doc:"The session's token, for the browser only"`
	Body         BrowserSession
}

type signInInput struct {
	Proto string `header:"X-Forwarded-Proto" hidden:"true"`
	Body  Credentials
}

func (s *sessions) create(ctx context.Context, in *signInInput) (*cookieOutput, error) {
	token, err := s.identity.signIn(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return s.show(ctx, token, in.Proto)
}

// signedInInput has the token where all services look for it: the cookie has been put there; see Front.
type signedInInput struct {
	Proto         string `header:"X-Forwarded-Proto" hidden:"true"`
	Authorization string `header:"Authorization" hidden:"true"`
}

func (s *sessions) renew(ctx context.Context, in *signedInInput) (*cookieOutput, error) {
	token, err := s.identity.renew(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	return s.show(ctx, token, in.Proto)
}

func (s *sessions) show(ctx context.Context, t token, proto string) (*cookieOutput, error) {
	user, err := s.identity.user(ctx, bearer+t.Value)
	if err != nil {
		return nil, err
	}
	life := int(t.Expires.Sub(s.clock()).Seconds())
	return &cookieOutput{
		CacheControl: "no-store", Cookie: cookie(t.Value, max(life, 1), proto), Body: BrowserSession{User: user, Expires: t.Expires},
	}, nil
}

type clearedOutput struct {
	Cookie string `header:"Set-Cookie" doc:"Clears the cookie"`
}

// delete signs out. What identity says to it changes nothing: whoever wants to leave shall leave.
func (s *sessions) delete(ctx context.Context, in *signedInInput) (*clearedOutput, error) {
	if in.Authorization != "" {
		_ = s.identity.signOut(ctx, in.Authorization) // the call's span tells where it failed
	}
	return &clearedOutput{Cookie: cookie("", -1, in.Proto)}, nil
}

// cookie returns the header that sets the cookie for so many seconds; a negative number clears it. It goes over TLS only where
// the page came that way. Lax lets links from elsewhere arrive signed in; Front refuses what they could not mean well.
func cookie(value string, seconds int, proto string) string {
	c := http.Cookie{ //nolint:gosec // Secure over plain HTTP would lose the cookie
		Name: CookieName, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.EqualFold(proto, "https"),
	}
	return c.String()
}
