package httpserver

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/fault"
)

const (
	wholeBody    = "body"
	required     = "is required"
	unknownField = "is not a known field"

	// maxViolations keeps the answer to a body full of mistakes short.
	maxViolations = 20
)

// misfit is a broken rule on its way through huma, which keeps only the text of errors: the NUL, which can be in no
// message of huma's, tells the field from the rule.
type misfit struct{ field, rule string }

func (m misfit) Error() string { return m.field + "\x00" + m.rule }

// refusal says in the platform's words why huma refused a request.
func refusal(c *call, model *huma.ErrorModel) *fault.Error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](c.bodyErr); ok {
		return BodyTooLarge(tooLarge.Limit)
	}
	switch {
	case c.bodyErr != nil:
		return fault.InvalidField(wholeBody, "could not be read").WithCause(c.bodyErr)
	case model.Status == http.StatusUnsupportedMediaType:
		return fault.New(fault.Invalid, "unsupported-media-type", "Send the body as "+jsonType+".")
	case len(model.Errors) == 0: // huma has one such refusal
		return fault.InvalidField(wholeBody, required)
	default:
		return fault.InvalidFields(violations(model.Errors)...)
	}
}

// violations returns the broken rules, sorted, because huma walks maps.
func violations(details []*huma.ErrorDetail) []fault.Field {
	fields := make([]fault.Field, len(details))
	for i, d := range details {
		fields[i] = violation(d)
	}
	slices.SortFunc(fields, func(a, b fault.Field) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Rule, b.Rule))
	})
	return fields[:min(len(fields), maxViolations)]
}

// violation takes the field from huma's location, such as body.halls[0].capacity, and the rule from its message. The
// value that broke the rule is left out: it may be a password.
func violation(d *huma.ErrorDetail) fault.Field {
	if field, rule, ok := strings.Cut(d.Message, "\x00"); ok {
		return fault.Field{Field: field, Rule: rule}
	}
	_, field, _ := strings.Cut(d.Location, ".")
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		return fault.Field{Field: join(field, strings.TrimSuffix(name, " to be present")), Rule: required}
	}
	return fault.Field{Field: cmp.Or(field, wholeBody), Rule: rule(d.Message)}
}

// rule rewords a message of huma's so that it reads after the name of a field. Where the message would go on to quote
// the value, ours ends before.
func rule(message string) string {
	if strings.HasPrefix(message, "required ") { // required query parameter is missing
		return required
	}
	if reworded, ok := fixedRules()[message]; ok {
		return reworded
	}
	for _, r := range openRules() {
		if rest, ok := strings.CutPrefix(message, r.theirs); ok {
			return r.ours + rest + r.unit
		}
	}
	if format, ok := strings.CutPrefix(message, "expected string to be "); ok {
		format, _, _ = strings.Cut(format, ":")
		return "must be an " + format
	}
	message, _, _ = strings.Cut(message, ":")
	return message
}

func fixedRules() map[string]string {
	return map[string]string{
		"unexpected property":               unknownField,
		"expected boolean":                  "must be true or false",
		"expected number":                   "must be a number",
		"expected integer":                  "must be an integer",
		"expected string":                   "must be a string",
		"expected array":                    "must be an array",
		"expected object":                   "must be an object",
		"expected array items to be unique": "must not hold anything twice",
		"invalid integer":                   "must be an integer",
		"invalid float":                     "must be a number",
		"invalid boolean":                   "must be true or false",

		"invalid date/time for format " + time.RFC3339Nano: "must be an RFC 3339 time",
	}
}

type openRule struct{ theirs, ours, unit string }

func openRules() []openRule {
	return []openRule{
		{"expected number >= ", "must be at least ", ""},
		{"expected number > ", "must be more than ", ""},
		{"expected number <= ", "must be at most ", ""},
		{"expected number < ", "must be less than ", ""},
		{"expected number to be a multiple of ", "must be a multiple of ", ""},
		{"expected length >= ", "must have at least ", " characters"},
		{"expected length <= ", "must have at most ", " characters"},
		{"expected array length >= ", "must have at least ", " items"},
		{"expected array length <= ", "must have at most ", " items"},
		{"expected string to match pattern ", "must match ", ""},
		{"expected value to be one of ", "must be one of ", ""},
	}
}
