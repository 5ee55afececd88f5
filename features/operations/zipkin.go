package operations

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ZipkinPage is the path of Zipkin's own search page.
const ZipkinPage = "/zipkin/"

// ZipkinQuery returns what the search page at a URL asks Zipkin's API for, at /api/v2/traces. It knows the parameters that
// are used here, and of the page's ways to name a time the one that a link can have: the page searches by itself only where
// both ends are given, in milliseconds.
//
// Source: https://github.com/openzipkin/zipkin/blob/3.6.1/zipkin-lens/src/components/DiscoverPage/DiscoverPageContent.tsx
func ZipkinQuery(page *url.URL) (url.Values, error) {
	given := page.Query()
	api := url.Values{}
	for name := range given {
		value := given.Get(name)
		switch name {
		case "serviceName", "remoteServiceName", "spanName", "annotationQuery", "limit", "endTs":
			api.Set(name, value)
		case "minDuration", "maxDuration":
			length, err := zipkinDuration(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			api.Set(name, strconv.FormatInt(length.Microseconds(), 10))
		case "lookback", "startTs": // below
		default:
			return nil, fmt.Errorf("the search page has no parameter %q", name)
		}
	}
	start, startErr := strconv.ParseInt(given.Get("startTs"), 10, 64)
	end, endErr := strconv.ParseInt(given.Get("endTs"), 10, 64)
	if given.Get("lookback") != "range" || startErr != nil || endErr != nil || api.Get("limit") == "" {
		return nil, fmt.Errorf("the search page waits for a person without lookback=range, startTs, endTs and limit: %s", page.RawQuery)
	}
	api.Set("lookback", strconv.FormatInt(end-start, 10))
	return api, nil
}

// zipkinDuration reads a duration as the search page does: digits, and a unit.
func zipkinDuration(text string) (time.Duration, error) {
	if !regexp.MustCompile(`^\d+(s|ms|us)$`).MatchString(text) {
		return 0, fmt.Errorf("%q is no duration in s, ms or us", text)
	}
	return time.ParseDuration(text)
}

// ZipkinLinks returns the addresses of Zipkin's pages that the pages lead to, by the text of the link.
func ZipkinLinks(pages []Page) (map[string]*url.URL, error) {
	links := map[string]*url.URL{}
	for _, p := range pages {
		for _, l := range p.Links() {
			u, err := url.Parse(l.Target)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.File, err)
			}
			if strings.HasPrefix(u.Path, ZipkinPage) {
				links[p.Name()+": "+l.Text] = u
			}
		}
	}
	return links, nil
}
