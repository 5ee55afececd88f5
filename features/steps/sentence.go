// Package steps is what the feature files can say: the sentences, and the scenario that each of them reads or changes.
package steps

import (
	"fmt"
	"regexp"
	"strings"
)

// Sentence is one thing a feature file can say.
//
// Its text names parameters in braces and optional letters in parentheses: "{person} books {n} seat(s) for {event}".
// Step is a function with a context, one argument a parameter (int for {n}, else string), then a *godog.Table or
// *godog.DocString where the text ends in a colon, and an error as its result.
type Sentence struct {
	Text string
	Help string // what it does beyond what it says; empty where it says all
	Step any
}

// Topic is a group of sentences, one chapter of the list in features/README.md.
type Topic struct {
	Name      string
	Sentences []Sentence
}

// Parameter is what may stand in a sentence in place of {Name}.
type Parameter struct {
	Name    string
	Help    string
	pattern string
}

// Parameters returns every parameter of the sentences.
func Parameters() []Parameter {
	const quoted = `"([^"]*)"`
	return []Parameter{
		{"person", "a first name such as Alice, or `the organizer`, `the operator`, `a visitor` (not signed in)",
			`([A-Z][a-z]+|the organizer|the operator|a visitor|the visitor)`},
		{"event", `the name of an event in quotes: "Jazz Night"`, quoted},
		{"location", `the name of a location in quotes: "Town Hall"`, quoted},
		{"problem", `the code of a problem in quotes: "sold-out"`, quoted},
		{"field", `the name of a field in quotes: "starts_at"`, quoted},
		{"text", `any text in quotes`, quoted},
		{"n", "a whole number", `(-?\d+)`},
		{"time", "a length of time: 90 minutes, 2 hours, 31 days", `(\d+ (?:second|minute|hour|day)s?)`},
		{"json", `a JSON value: -1, "text", null, {"amount": 5}`, `(.+)`},
		{"method", "GET, POST, PUT, PATCH or DELETE", `(GET|POST|PUT|PATCH|DELETE)`},
		{"service", "event, booking, search, identity or gateway", `(event|booking|search|identity|gateway)`},
	}
}

// Expression returns the regular expression that a step must match as a whole. It fails on an unknown parameter.
func (s Sentence) Expression() (*regexp.Regexp, error) {
	pattern := regexp.QuoteMeta(s.Text)
	for _, p := range Parameters() {
		pattern = strings.ReplaceAll(pattern, `\{`+p.Name+`\}`, p.pattern)
	}
	if i := strings.Index(pattern, `\{`); i >= 0 {
		return nil, fmt.Errorf("sentence %q has an unknown parameter", s.Text)
	}
	pattern = optional.ReplaceAllString(pattern, `(?:$1)?`)
	return regexp.Compile(`^` + pattern + `$`)
}

// optional finds the quoted form of "(s)".
var optional = regexp.MustCompile(`\\\(([a-z]+)\\\)`)
