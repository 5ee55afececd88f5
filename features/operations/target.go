package operations

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// CheckHeading fails where the file is not there or, unless the anchor is empty, has no heading with it.
func CheckHeading(file, anchor string) error {
	if anchor == "" { // it may be a folder
		_, err := os.Stat(file)
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		if anchorOf(heading[1]) == anchor {
			return nil
		}
	}
	return fmt.Errorf("%s has no heading #%s", file, anchor)
}

// anchorOf returns the anchor that GitHub gives a heading.
func anchorOf(heading string) string {
	plain := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
	return strings.ReplaceAll(plain, " ", "-")
}

// PublishedPorts returns the services of a compose file, each with the ports of this machine that lead to it.
func PublishedPorts(file string) (map[string][]string, error) {
	var compose struct {
		Services map[string]struct{ Ports []string }
	}
	if err := readYAML(file, &compose); err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for name, s := range compose.Services {
		all[name] = []string{}
		for _, port := range s.Ports { // 127.0.0.1:3000:3000
			all[name] = append(all[name], strings.Split(port, ":")[1])
		}
	}
	return all, nil
}

// LineFields returns the fields that the schema of log lines has.
func LineFields(schema []byte) (names []string) {
	for _, match := range regexp.MustCompile(`"([@a-z_]+(?:\.[a-z_]+)*)": \{`).FindAllSubmatch(schema, -1) {
		names = append(names, string(match[1]))
	}
	return names
}

// CheckFields fails where a query in Lucene's language names a field that is not known.
func CheckFields(query string, known []string) error {
	unquoted := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(query, "x")
	named := regexp.MustCompile(`([@\w.]+):`).FindAllStringSubmatch(unquoted, -1)
	if len(named) == 0 {
		return fmt.Errorf("%s names no field", query)
	}
	for _, match := range named {
		if !slices.Contains(known, match[1]) {
			return fmt.Errorf("%s: log lines have no field %q", query, match[1])
		}
	}
	return nil
}
