package httpserver_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
)

func one(field, rule string) []fault.Field { return []fault.Field{{Field: field, Rule: rule}} }

func get(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }

func TestBadBodyNamesFieldAndRule(t *testing.T) {
	t.Parallel()
	with := func(more string) string { return strings.TrimSuffix(goodShow, "}") + ", " + more + "}" }
	for name, c := range map[string]struct {
		body   string
		errors []fault.Field
	}{
		"unknown field":       {with(`"colour": "red"`), one("colour", "is not a known field")},
		"unknown inner field": {with(`"price": {"amount": 1, "currency": "EUR", "tax": 1}`), one("price.tax", "is not a known field")},
		"field in other case": {with(`"Seats": 900`), one("Seats", "is not a known field")},
		"inner other case":    {with(`"halls": [{"name": "x", "capacity": 1, "Name": ""}]`), one("halls[0].Name", "is not a known field")},
		"wrong type":          {with(`"seats": "two"`), one("seats", "must be an integer")},
		"fraction":            {with(`"seats": 1.5`), one("seats", "must be an integer")},
		"integer as 2.0":      {with(`"seats": 2.0`), one("seats", "must be an integer in range, without fraction or exponent")},
		"too small":           {with(`"seats": 0`), one("seats", "must be at least 1")},
		"negative":            {with(`"seats": -1`), one("seats", "must be at least 1")},
		"too large":           {with(`"seats": 1000000000`), one("seats", "must be at most 100")},
		"beyond any integer":  {with(`"seats": 1e400, "halls": [1, 2]`), one("seats", "is out of range")},
		"null":                {with(`"seats": null`), one("seats", "must be an integer")},
		"inner pattern":       {with(`"price": {"amount": 1, "currency": "euro"}`), one("price.currency", "must match ^[A-Z]{3}$")},
		"wrong inner type":    {with(`"price": 5`), one("price", "must be an object")},
		"in a list": {with(`"halls": [{"name": "ok", "capacity": 1}, {"name": "too long", "capacity": 0}]`), []fault.Field{
			{Field: "halls[1].capacity", Rule: "must be at least 1"}, {Field: "halls[1].name", Rule: "must have at most 5 characters"},
		}},
		"too many items": {with(`"halls": [` + strings.Repeat(`{"name": "a", "capacity": 1},`, 2) + `{}]`), append(
			one("halls", "must have at most 2 items"), append(one("halls[2].capacity", "is required"), one("halls[2].name", "is required")...)...)},
		"missing fields":      {`{"seats": 2}`, append(one("name", "is required"), one("starts_at", "is required")...)},
		"missing inner field": {with(`"price": {"amount": 1}`), one("price.currency", "is required")},
		"too short":           {with(`"name": ""`), one("name", "must have at least 1 characters")},
		"no time":             {with(`"starts_at": "tomorrow"`), one("starts_at", "must be an RFC 3339 date-time")},
		"no e-mail, unquoted": {with(`"email": "secret@@"`), one("email", "must be an RFC 5322 email")},
		"not in the list":     {with(`"kind": "polka"`), one("kind", `must be one of "jazz, rock"`)},
		"not JSON":            {`{"seats": secret}`, one("body", "is not valid JSON (at byte 11)")},
		"cut off":             {`{"seats": 2`, one("body", "is not valid JSON (at byte 11)")},
		"something behind":    {goodShow + `{}`, one("body", "is not valid JSON (at byte 66)")},
		"empty":               {``, one("body", "is required")},
		"null body":           {`null`, one("body", "must be an object")},
		"array":               {`[]`, one("body", "must be an object")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := serve(newShop(t).Handler(), post(c.body), organizer)

			p := problem(t, w)
			require.Equal(t, http.StatusBadRequest, p.Status)
			require.Equal(t, "invalid-request", p.Code)
			require.Equal(t, c.errors, p.Errors)
			require.NotContains(t, w.Body.String(), "secret", "values are never echoed")
		})
	}
}

func TestManyMistakesGetAShortAnswer(t *testing.T) {
	t.Parallel()
	body := "{"
	for i := range 60 {
		body += `"x` + strings.Repeat("y", i%10) + string(rune('a'+i%26)) + `": 1,`
	}
	p := problem(t, serve(newShop(t).Handler(), post(strings.TrimSuffix(body, ",")+"}"), organizer))
	require.Len(t, p.Errors, 20)
	require.True(t, slices.IsSortedFunc(p.Errors, func(a, b fault.Field) int { return strings.Compare(a.Field, b.Field) }))
}

func TestBadHeaderQueryAndPathNameTheField(t *testing.T) {
	t.Parallel()
	withoutKey := post(goodShow)
	withoutKey.Header.Del("Idempotency-Key")
	for name, c := range map[string]struct {
		request *http.Request
		errors  []fault.Field
	}{
		"missing header":   {withoutKey, one("Idempotency-Key", "is required")},
		"query wrong type": {get("/shows?limit=many"), one("limit", "must be an integer")},
		"query too small":  {get("/shows?limit=0"), one("limit", "must be at least 1")},
		"query too large":  {get("/shows?limit=101"), one("limit", "must be at most 100")},
		"query no time":    {get("/shows?from=now"), one("from", "must be an RFC 3339 time")},
		"query no boolean": {get("/shows?all=maybe"), one("all", "must be true or false")},
		"path too long":    {get("/shows/123456789"), one("id", "must have at most 8 characters")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := problem(t, serve(newShop(t).Handler(), c.request, organizer))
			require.Equal(t, http.StatusBadRequest, p.Status)
			require.Equal(t, "invalid-request", p.Code)
			require.Equal(t, c.errors, p.Errors)
		})
	}
}

func TestBodyMayBeAsLongAsTheLimit(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	exactly := goodShow + strings.Repeat(" ", 1000-len(goodShow))
	for _, length := range []string{"declared", "unknown"} {
		t.Run(length, func(t *testing.T) {
			for body, status := range map[string]int{exactly: http.StatusCreated, exactly + " ": http.StatusRequestEntityTooLarge} {
				r := post(body)
				if length == "unknown" {
					r.ContentLength = -1
				}
				w := serve(s.Handler(), r, organizer)
				require.Equal(t, status, w.Code, w.Body)
				if status != http.StatusCreated {
					p := problem(t, w)
					require.Equal(t, "body-too-large", p.Code)
					require.Contains(t, p.Detail, "1000 bytes")
				}
			}
		})
	}
}

func TestBodyLimitOfSomebodyInFrontIsTheSameProblem(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	r := post(goodShow)
	r.Body = http.MaxBytesReader(w, r.Body, 10)
	p := problem(t, serve(newShop(t).Handler(), r, organizer))
	require.Equal(t, http.StatusRequestEntityTooLarge, p.Status)
	require.Contains(t, p.Detail, "10 bytes")
}

func TestOtherMediaTypesAreRefused(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{"text/plain", "application/merge-patch+json", "application/json; charset=latin1", "a;b=+", "json"} {
		r := post(goodShow)
		r.Header.Set("Content-Type", contentType)
		p := problem(t, serve(newShop(t).Handler(), r, organizer))
		require.Equal(t, http.StatusUnsupportedMediaType, p.Status, contentType)
		require.Equal(t, "unsupported-media-type", p.Code)
	}
}
