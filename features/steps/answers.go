package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/cucumber/godog"
)

// problemDetails is an RFC 9457 answer.
type problemDetails struct {
	Type   string
	Status int
	Code   string
	Detail string
	Errors []struct{ Field, Rule string }

	TraceID string `json:"trace_id"`
}

func (s *scenario) answerSentences() []Sentence {
	return []Sentence{
		{"the answer is the problem {problem}", "Checks the form of the problem as well.", s.answerIsProblem},
		{"the answer is the problem {problem} with the status {n}", "", s.answerIsProblemWithStatus},
		{"the problem names the field {field}", "", s.problemNames},
		{"the problem says of the field {field} {text}", "The rule contains the text.", s.problemSays},
		{"the answer has the status {n}", "", s.answerHasStatus},
		{"the {field} in the answer is {json}", "", s.answerFieldIs},
		{"the answer does not show the {field}", "", s.answerHides},
		{"the answer shows {n} item(s)", "", s.answerShowsItems},
		{"the answer shows the service {text} as {text}", "In the health of all services.", s.answerShowsService},
		{"the answer does not contain {text}", "", s.answerLacks},
		{"the answer has the header {text}", "", s.answerHasHeader},
		{"the answer is the same as before", "As the answer to the request before the last one.", s.answerSame},
		{"{person} sends {method} {text}",
			"The path below /api/v1; {event}, {location}, {booking}, {user} and {trace} in it are ids of this scenario, {unknown} is nobody's.",
			s.sends},
		{"these requests are refused:",
			"A table of who, method, path, body, problem, status and field; body and field may be missing.", s.requestsRefused},
		{"{person} sends {method} {text} with the token {text}", "In place of their own.", s.sendsToken},
		{"{person} sends {method} {text} with the body:", "The text below is the body.", s.sendsText},
	}
}

// sendAs sends a request as somebody, with their token if they have one.
func (s *scenario) sendAs(ctx context.Context, who, method, path, body string) error {
	p, err := s.actor(ctx, who)
	if err != nil {
		return err
	}
	return s.send(ctx, request{method: method, path: path, body: body, token: p.token})
}

func (s *scenario) sends(ctx context.Context, who, method, path string) error {
	return s.sendsBody(ctx, who, method, path, "")
}

func (s *scenario) sendsText(ctx context.Context, who, method, path string, body *godog.DocString) error {
	return s.sendsBody(ctx, who, method, path, body.Content)
}

func (s *scenario) sendsBody(ctx context.Context, who, method, path, body string) error {
	p, err := s.actor(ctx, who)
	if err != nil {
		return err
	}
	fill := strings.NewReplacer("{event}", anyOf(s.events), "{location}", anyOf(s.locations), "{booking}", anyOf(s.bookings),
		"{user}", p.id, "{trace}", s.traceID(), "{unknown}", "01890a5d-ac96-774b-bcce-b302099a8057")
	return s.sendAs(ctx, who, method, "/api/v1"+fill.Replace(path), fill.Replace(body))
}

func (s *scenario) sendsToken(ctx context.Context, _, method, path, token string) error {
	return s.send(ctx, request{method: method, path: "/api/v1" + path, token: token})
}

func (s *scenario) requestsRefused(ctx context.Context, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error {
		return s.sendsBody(ctx, row["who"], row["method"], row["path"], row["body"])
	})
}

// anyOf returns one of the ids, for scenarios that have one thing of the kind.
func anyOf(ids map[string]string) string {
	for _, id := range ids {
		return id
	}
	return "none"
}

// problem returns the answer as a problem; the zero value if it is none.
func (e *exchange) problem() problemDetails {
	var p problemDetails
	if json.Unmarshal(e.answer, &p) != nil {
		return problemDetails{}
	}
	return p
}

// isProblem fails unless the answer is a well-formed problem with the code.
func (e *exchange) isProblem(code string) error {
	p := e.problem()
	switch {
	case p.Code != code:
		return e.unlike("the answer should be the problem %q", code)
	case !strings.HasPrefix(e.header.Get("Content-Type"), "application/problem+json"):
		return e.unlike("a problem should have the content type application/problem+json, not %q", e.header.Get("Content-Type"))
	case p.Status != e.status:
		return e.unlike("the problem should repeat the status")
	case p.Type != "urn:myevents:problem:"+code:
		return e.unlike("the problem should have the type urn:myevents:problem:%s", code)
	case p.Detail == "":
		return e.unlike("the problem should have a detail")
	}
	return nil
}

func (s *scenario) answerIsProblem(_ context.Context, code string) error {
	return s.last.isProblem(code)
}

func (s *scenario) answerIsProblemWithStatus(_ context.Context, code string, status int) error {
	if err := s.last.isProblem(code); err != nil {
		return err
	}
	return s.last.want(status)
}

func (s *scenario) problemNames(ctx context.Context, field string) error {
	return s.problemSays(ctx, field, "")
}

func (s *scenario) problemSays(_ context.Context, field, rule string) error {
	return s.last.names(field, rule)
}

// names fails unless the answer is a problem that names the field with a rule which contains the text.
func (e *exchange) names(field, rule string) error {
	for _, broken := range e.problem().Errors {
		if broken.Field == field && broken.Rule != "" && strings.Contains(broken.Rule, rule) {
			return nil
		}
	}
	return e.unlike("the problem should name the field %q and its rule %s", field, rule)
}

func (s *scenario) answerHasStatus(_ context.Context, status int) error { return s.last.want(status) }

func (s *scenario) answerFieldIs(_ context.Context, field, value string) error {
	return s.shows(s.last, field, value)
}

// shows fails unless the answer's field has the value, apart from what made names unique.
func (s *scenario) shows(e *exchange, field, value string) error {
	var want, document any
	if err := json.Unmarshal([]byte(value), &want); err != nil {
		return fmt.Errorf("%s is not JSON; write text in double quotes: %w", value, err)
	}
	if err := json.Unmarshal(s.plain(e.answer), &document); err != nil {
		return e.unlike("the answer should be JSON")
	}
	got, ok := get(document, split(field))
	if !ok || !reflect.DeepEqual(got, want) {
		return e.unlike("%s should be %s", field, value)
	}
	return nil
}

// eventuallyShows looks at a public resource until its field has the value.
func (s *scenario) eventuallyShows(ctx context.Context, path, field, value string) error {
	return eventually(ctx, func(ctx context.Context) error {
		e, err := s.client.do(ctx, request{method: http.MethodGet, path: path})
		if err != nil {
			return err
		}
		if err := e.want(http.StatusOK); err != nil {
			return err
		}
		return s.shows(e, field, value)
	})
}

func (s *scenario) answerHides(_ context.Context, field string) error {
	var document any
	if err := s.last.decode(&document); err != nil {
		return err
	}
	if _, ok := get(document, split(field)); ok {
		return s.last.unlike("the answer should not show %s", field)
	}
	return nil
}

func (s *scenario) answerShowsItems(_ context.Context, want int) error {
	var page struct{ Items []json.RawMessage }
	if err := s.last.decode(&page); err != nil {
		return err
	}
	if len(page.Items) != want {
		return s.last.unlike("the answer should show %d items", want)
	}
	return nil
}

func (s *scenario) answerShowsService(_ context.Context, name, status string) error {
	var health struct {
		Services []struct{ Name, Status string }
	}
	if err := s.last.decode(&health); err != nil {
		return err
	}
	if !slices.Contains(health.Services, struct{ Name, Status string }{name, status}) {
		return s.last.unlike("the service %s should be %s", name, status)
	}
	return nil
}

func (s *scenario) answerLacks(_ context.Context, text string) error {
	if bytes.Contains(s.last.answer, []byte(text)) {
		return s.last.unlike("the answer should not contain %q", text)
	}
	return nil
}

func (s *scenario) answerHasHeader(_ context.Context, name string) error {
	if s.last.header.Get(name) == "" {
		return s.last.unlike("the answer should have the header %s", name)
	}
	return nil
}

// answerSame compares the last two answers, except for their trace ids, which a problem shows.
func (s *scenario) answerSame(context.Context) error {
	if s.previous == nil {
		return fmt.Errorf("there is no answer before the last one")
	}
	before, now := withoutTrace(s.previous.answer), withoutTrace(s.last.answer)
	if s.last.status != s.previous.status || !reflect.DeepEqual(before, now) {
		return s.last.unlike("the answer should be the same as before: %d %s", s.previous.status, s.previous.answer)
	}
	return nil
}

func withoutTrace(answer []byte) any {
	var document any
	if json.Unmarshal(answer, &document) != nil {
		return string(answer)
	}
	if fields, ok := document.(map[string]any); ok {
		delete(fields, "trace_id")
	}
	return document
}
