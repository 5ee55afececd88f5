package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/identity"
)

func TestSignUpMakesACustomer(t *testing.T) {
	t.Parallel()
	w := start(t)
	created := w.call("", "POST", "/api/v1/users", profile("Ada@Example.org")).requireStatus(http.StatusCreated)
	require.Equal(t, "ada@example.org", created.text("email"))
	require.Equal(t, []any{"customer"}, created.body["roles"])
	require.True(t, strings.HasSuffix(created.text("created_at"), "Z"))
	require.NotContains(t, created.body, "password")
	require.NotContains(t, created.body, "password_hash")

	me := w.call(w.signIn("ADA@example.org"), "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK)
	require.Equal(t, created.body, me.body)
	lines := w.audit("user.sign_up")
	require.Len(t, lines, 1)
	require.Equal(t, created.text("id"), lines[0]["user.id"])
}

func TestSignUpNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := start(t)
	body := func(field, value string) string {
		fields := map[string]string{
			"email": `"ada@example.org"`, "password": `"` + password + `"`, "first_name": `"Ada"`, "last_name": `"Lovelace"`,
		}
		fields[field] = value
		var list []string
		for name, value := range fields {
			if value != "" {
				list = append(list, fmt.Sprintf("%q:%s", name, value))
			}
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	tests := map[string]struct{ field, value string }{
		"no address":                   {"email", ""},
		"an address without a host":    {"email", `"ada@"`},
		"an address with a name":       {"email", `"Ada <ada@example.org>"`},
		"two addresses":                {"email", `"ada@example.org,bob@example.org"`},
		"an endless address":           {"email", `"` + strings.Repeat("a", 250) + `@example.org"`},
		"a number for an address":      {"email", `5`},
		"no password":                  {"password", ""},
		"a short password":             {"password", `"1234567"`},
		"an endless password":          {"password", `"` + strings.Repeat("x", 201) + `"`},
		"a password of too many bytes": {"password", `"` + strings.Repeat("ü", 101) + `"`},
		"no first name":                {"first_name", ""},
		"a blank first name":           {"first_name", `"  "`},
		"an endless last name":         {"last_name", `"` + strings.Repeat("x", 101) + `"`},
		"roles":                        {"roles", `["operator"]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := w.call("", "POST", "/api/v1/users", body(test.field, test.value))
			a.t = t
			a.requireProblem(http.StatusBadRequest, "invalid-request").requireField(test.field)
		})
	}
	w.signUp("ada@example.org")
}

func TestAnAddressIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := start(t)
	var created, taken atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			email := []string{"ada@example.org", "Ada@example.ORG"}[i%2]
			switch a := w.call("", "POST", "/api/v1/users", profile(email)); {
			case a.status == http.StatusCreated:
				created.Add(1)
			case a.status == http.StatusConflict && a.body["code"] == "email-taken":
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, created.Load())
	require.EqualValues(t, 19, taken.Load())
}

func TestChangeOfPasswordEndsAllSessions(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.signUp("ada@example.org")
	w.signUp("bob@example.org")
	here, elsewhere, bobs := w.signIn("ada@example.org"), w.signIn("ada@example.org"), w.signIn("bob@example.org")
	change := func(current, next string) answer {
		return w.call(here, "PUT", "/api/v1/users/me/password",
			fmt.Sprintf(`{"current_password":%q,"new_password":%q}`, current, next))
	}
	change("wrong password", "another password").requireProblem(http.StatusBadRequest, "wrong-password").requireField("current_password")
	change(password, "short").requireProblem(http.StatusBadRequest, "invalid-request").requireField("new_password")
	w.call(here, "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK)

	change(password, "another password").requireStatus(http.StatusNoContent)
	for _, token := range []string{here, elsewhere} {
		w.call(token, "GET", "/api/v1/users/me", "").requireProblem(http.StatusUnauthorized, "session-revoked")
	}
	w.call(bobs, "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK)
	w.call("", "POST", "/api/v1/sessions", credentials("ada@example.org", password)).
		requireProblem(http.StatusUnauthorized, "invalid-credentials")
	w.call("", "POST", "/api/v1/sessions", credentials("ada@example.org", "another password")).requireStatus(http.StatusCreated)

	lines := w.audit("user.change_password")
	require.Len(t, lines, 2)
	require.Equal(t, "wrong-password", lines[0]["event.reason"])
	require.Equal(t, "success", lines[1]["event.outcome"])
	require.Equal(t, id, lines[1]["user.id"])
}

func TestOperatorsSetRoles(t *testing.T) {
	t.Parallel()
	w := start(t)
	root, ada := w.signUp(operator), w.signUp("ada@example.org")
	rootToken, adaToken := w.signIn(operator), w.signIn("ada@example.org")
	set := func(token, id, roles string) answer {
		return w.call(token, "PUT", "/api/v1/users/"+id+"/roles", `{"roles":`+roles+`}`)
	}
	set("", ada, `["organizer"]`).requireProblem(http.StatusUnauthorized, "unauthenticated")
	set(adaToken, ada, `["operator"]`).requireProblem(http.StatusForbidden, "forbidden")
	require.Len(t, w.audit("access.denied"), 1)
	set(rootToken, "ada@example.com", `["organizer"]`).requireProblem(http.StatusNotFound, "user-not-found")
	set(rootToken, ada, `["king"]`).requireStatus(http.StatusBadRequest)
	set(rootToken, ada, `null`).requireStatus(http.StatusBadRequest)

	granted := set(rootToken, ada, `["organizer","organizer"]`).requireStatus(http.StatusOK)
	require.Equal(t, []any{"customer", "organizer"}, granted.body["roles"])
	renewed := w.call(adaToken, "PUT", "/api/v1/sessions/current", "").requireStatus(http.StatusOK).text("token")
	require.Contains(t, claims(t, renewed)["roles"], "organizer", "with the next token")

	require.Equal(t, []any{"customer"}, set(rootToken, ada, `[]`).requireStatus(http.StatusOK).body["roles"])
	for _, token := range []string{adaToken, renewed} {
		w.call(token, "GET", "/api/v1/users/me", "").requireProblem(http.StatusUnauthorized, "session-revoked")
	}

	set(rootToken, root, `["organizer"]`).requireProblem(http.StatusConflict, "last-operator")
	set(rootToken, ada, `["operator"]`).requireStatus(http.StatusOK)
	set(rootToken, root, `[]`).requireStatus(http.StatusOK)
	lines := w.audit("user.set_roles")
	require.Len(t, lines, 5)
	require.Equal(t, []any{root, ada, "customer,organizer", "success"},
		[]any{lines[0]["user.id"], lines[0]["audit.object.id"], lines[0]["audit.roles"], lines[0]["event.outcome"]})
	require.Equal(t, "last-operator", lines[2]["event.reason"])
}

func TestTheFirstOperatorMayExistAlready(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.BootstrapOperator = ""
	require.NoError(t, w.hosted.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, w.hosted.Stop(context.Background())) })
	w.signUp(operator)
	roles := func() any {
		return w.call(w.signIn(operator), "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK).body["roles"]
	}
	require.Equal(t, []any{"customer"}, roles())
	w.config.BootstrapOperator = "Root@example.org"
	w.restart()
	require.Equal(t, []any{"customer", "operator"}, roles())
	w.restart()
	require.Equal(t, []any{"customer", "operator"}, roles())
	require.Len(t, w.audit("user.bootstrap_operator"), 1)
}

func TestImportedUsersShareAPassword(t *testing.T) {
	t.Parallel()
	w := start(t)
	users := []identity.ImportedUser{
		{ID: "organizer-1", Email: "Org@example.org", FirstName: "Olga", LastName: "Organizer", Roles: []string{"organizer"}},
		{Email: "ada@example.org", FirstName: "Ada", LastName: "Lovelace"},
	}
	for range 2 {
		require.NoError(t, w.app.Import(t.Context(), password, users))
	}
	me := w.call(w.signIn("org@example.org"), "GET", "/api/v1/users/me", "").requireStatus(http.StatusOK)
	require.Equal(t, "organizer-1", me.body["id"])
	require.Equal(t, []any{"customer", "organizer"}, me.body["roles"])
	w.signIn("ada@example.org")

	bad := []identity.ImportedUser{{Email: "bob@example.org", FirstName: "Bob", LastName: "B", Roles: []string{"king"}}}
	require.ErrorContains(t, w.app.Import(t.Context(), password, bad), "roles")
}
