package steps

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/cucumber/godog"
)

// pageSession is where the page signs in, renews and out.
const pageSession = "/api/v1/browser/session"

func (s *scenario) pageSentences() []Sentence {
	return []Sentence{
		{"{person} signs in on the page", "The session is in a cookie, which the sentences about the page use.", s.signsInOnPage},
		{"{person} signs in on the page with the password {text}", "", s.signsInOnPageWith},
		{"{person} renews the session on the page", "", s.renewsOnPage},
		{"{person} signs out on the page", "", s.signsOutOnPage},
		{"{person} looks at their profile on the page", "", s.looksAtProfileOnPage},
		{"the cookie of {person} is kept from scripts and from other sites", "", s.cookieIsKept},
		{"{person} books {n} seat(s) for {event} on the page",
			"With a click, whose trace begins in the page; the page's spans are reported.", s.booksOnPage},
		{"a page of another origin books {n} seat(s) for {event} with the cookie of {person}", "As if the browser had sent it along.",
			s.otherOriginBooks},
		{"a page watches the seats of {event}", "It holds the stream of them open until it is closed, or the scenario ends.", s.watchesSeats},
		{"the page hears that {event} has {n} seat(s) left", "Waits for it.", s.pageHears},
		{"the page is closed", "", s.pageIsClosed},
		{"the page reports a span", "Of a trace of its own.", s.pageReports},
		{"the page cannot report a span with any of these:", "A table of field, value and names, the field that the problem names.",
			s.pageCannotReportWith},
		{"the page cannot report {n} spans at once", "", s.pageCannotReport},
	}
}

// onPage adds to a request what the browser adds to those of our page: who signs in, and where the page is from.
func (s *scenario) onPage(p *person, r request) request {
	r.token = ""
	r.headers = map[string]string{"Origin": s.world.Gateway(), "Sec-Fetch-Site": "same-origin"}
	if p.cookie != nil {
		r.headers["Cookie"] = p.cookie.Name + "=" + p.cookie.Value
	}
	return r
}

func (s *scenario) sendOnPage(ctx context.Context, p *person, r request) error {
	if err := s.send(ctx, s.onPage(p, r)); err != nil {
		return err
	}
	line := s.last.header.Get("Set-Cookie")
	if line == "" {
		return nil
	}
	set, err := http.ParseSetCookie(line)
	switch {
	case err != nil:
		return s.last.unlike("the answer should set a cookie: %v", err)
	case set.MaxAge < 0:
		p.cookie = nil
	default:
		p.cookie = set
		p.earlier, p.token = p.token, set.Value
		s.secrets = append(s.secrets, set.Value)
	}
	return nil
}

func (s *scenario) signsInOnPage(ctx context.Context, name string) error {
	return s.signsInOnPageWith(ctx, name, s.person(name).password)
}

func (s *scenario) signsInOnPageWith(ctx context.Context, name, password string) error {
	p := s.person(name)
	s.secrets = append(s.secrets, password)
	body := encode(map[string]string{"email": p.email, "password": password})
	return s.sendOnPage(ctx, p, request{method: http.MethodPost, path: pageSession, body: body})
}

func (s *scenario) renewsOnPage(ctx context.Context, name string) error {
	return s.sendOnPage(ctx, s.person(name), request{method: http.MethodPut, path: pageSession})
}

func (s *scenario) signsOutOnPage(ctx context.Context, name string) error {
	return s.sendOnPage(ctx, s.person(name), request{method: http.MethodDelete, path: pageSession})
}

func (s *scenario) looksAtProfileOnPage(ctx context.Context, name string) error {
	return s.sendOnPage(ctx, s.person(name), request{method: http.MethodGet, path: "/api/v1/users/me"})
}

func (s *scenario) cookieIsKept(_ context.Context, name string) error {
	c := s.person(name).cookie
	if c == nil {
		return s.last.unlike("%s should have a cookie", name)
	}
	if secure := strings.HasPrefix(s.world.Gateway(), "https:"); !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || secure != c.Secure {
		_, attributes, _ := strings.Cut(c.Raw, ";")
		return s.last.unlike("the cookie should be HttpOnly and SameSite=Lax, and Secure over HTTPS only, not%s", attributes)
	}
	return nil
}

// span is a span as the page reports it.
type span map[string]any

// pageSpan returns a span that began at a time of the platform and has just ended.
func (s *scenario) pageSpan(trace, id, name string, began time.Time) span {
	return span{
		"trace_id": trace, "span_id": id, "name": name,
		"started_at_us": began.Add(s.ahead).UnixMicro(), "duration_us": time.Since(began).Microseconds(),
	}
}

func (s *scenario) report(spans ...span) request {
	return s.onPage(&person{}, request{method: http.MethodPost, path: "/api/v1/browser/spans", body: encode(map[string]any{"spans": spans})})
}

// booksOnPage does what the page does at a click: the click is the root of a trace, and the call of the API a span below it.
func (s *scenario) booksOnPage(ctx context.Context, who string, seats int, event string) error {
	r, err := s.bookingRequest(ctx, who, event, fmt.Sprintf(`{"seats":%d}`, seats), randomHex(16))
	if err != nil {
		return err
	}
	trace, click, call, began := randomHex(16), randomHex(8), randomHex(8), time.Now()
	r = s.onPage(s.person(who), r)
	r.headers["Traceparent"] = "00-" + trace + "-" + call + "-01"
	if err := s.send(ctx, r); err != nil {
		return err
	}
	s.last.trace, s.last.caller = trace, "" // the caller's spans are part of this trace
	root, below := s.pageSpan(trace, click, "click Book", began), s.pageSpan(trace, call, "POST /api/v1/events/{id}/bookings", began)
	maps.Copy(below, span{"parent_span_id": click, "kind": "client", "tags": map[string]string{
		"http.request.method": http.MethodPost, "url.template": "/api/v1/events/{id}/bookings",
	}})
	if err := s.call(ctx, s.report(below, root), http.StatusAccepted, nil); err != nil {
		return err
	}
	return s.remember(s.bookings, who)
}

func (s *scenario) otherOriginBooks(ctx context.Context, seats int, event, who string) error {
	r, err := s.bookingRequest(ctx, who, event, fmt.Sprintf(`{"seats":%d}`, seats), randomHex(16))
	if err != nil {
		return err
	}
	r = s.onPage(s.person(who), r)
	maps.Copy(r.headers, map[string]string{"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"})
	return s.send(ctx, r)
}

func (s *scenario) pageReports(ctx context.Context) error {
	return s.send(ctx, s.report(s.pageSpan(randomHex(16), randomHex(8), "navigate /", time.Now())))
}

func (s *scenario) pageCannotReportWith(ctx context.Context, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error {
		broken := s.pageSpan(randomHex(16), randomHex(8), "navigate /", time.Now())
		if err := setField(broken, row["field"], row["value"]); err != nil {
			return err
		}
		return s.send(ctx, s.report(broken))
	})
}

func (s *scenario) pageCannotReport(ctx context.Context, n int) error {
	spans := make([]span, n)
	for i := range spans {
		spans[i] = s.pageSpan(randomHex(16), randomHex(8), "navigate /", time.Now())
	}
	if err := s.send(ctx, s.report(spans...)); err != nil {
		return err
	}
	return s.last.isRefusal(map[string]string{"field": "spans"})
}
