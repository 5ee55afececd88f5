package pipelines

import (
	"fmt"
	"regexp"
	"slices"
)

// lines returns the strings of an entry that may be one or many.
func lines(entry any) []string {
	switch entry := entry.(type) {
	case string:
		return []string{entry}
	case []any:
		var all []string
		for _, one := range entry {
			all = append(all, fmt.Sprint(one))
		}
		return all
	default:
		return nil
	}
}

// variables returns the names of the variables in a text, as shells, GitLab and the conditions of Travis write them.
func variables(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{?([A-Z][A-Z0-9_]*)|\benv\((\w+)\)`).FindAllStringSubmatch(text, -1) {
		found[match[1]+match[2]] = true
	}
	return found
}

// collect walks through all that a file says and notes the variables that it uses and, below entries of the given names,
// those it sets.
func collect(entry any, p *Pipeline, setters ...string) {
	switch entry := entry.(type) {
	case string:
		for name := range variables(entry) {
			p.Uses[name] = true
		}
	case []any:
		for _, one := range entry {
			collect(one, p, setters...)
		}
	case map[string]any:
		for key, value := range entry {
			collect(value, p, setters...)
			if slices.Contains(setters, key) {
				set(value, p)
			}
		}
	}
}

func set(entry any, p *Pipeline) {
	switch entry := entry.(type) {
	case []any:
		for _, one := range entry {
			set(one, p)
		}
	case map[string]any:
		for name := range entry {
			p.Sets[name] = true
		}
	}
}
