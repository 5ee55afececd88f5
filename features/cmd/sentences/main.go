// Command sentences writes the list of sentences that feature files can use into README.md, between its two markers.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/myevents/myevents/features/steps"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

func run(args []string, stderr io.Writer) int {
	if len(args) != 1 {
		_, _ = fmt.Fprintln(stderr, "usage: sentences README.md")
		return 2
	}
	if err := update(args[0]); err != nil {
		_, _ = fmt.Fprintln(stderr, "sentences:", err)
		return 1
	}
	return 0
}

func update(file string) error {
	before, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	after, err := insert(before)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, after, 0o644)
}

// The list stands between these lines, which stay.
const (
	begin = "<!-- sentences: written by go generate -->\n"
	end   = "<!-- end of sentences -->\n"
)

// insert returns the page with the list as the step definitions have it now.
func insert(page []byte) ([]byte, error) {
	head, rest, found := bytes.Cut(page, []byte(begin))
	if !found {
		return nil, errors.New("there is no line " + strings.TrimSpace(begin))
	}
	_, tail, found := bytes.Cut(rest, []byte(end))
	if !found {
		return nil, errors.New("there is no line " + strings.TrimSpace(end))
	}
	return bytes.Join([][]byte{head, []byte(begin), list(), []byte(end), tail}, nil), nil
}

func list() []byte {
	var b bytes.Buffer
	for _, topic := range steps.Topics() {
		fmt.Fprintf(&b, "\n### %s\n\n", topic.Name)
		for _, s := range topic.Sentences {
			fmt.Fprintf(&b, "- `%s`%s\n", s.Text, prefixed(" — ", s.Help))
		}
	}
	b.WriteString("\n### What stands for what\n\n")
	for _, p := range steps.Parameters() {
		fmt.Fprintf(&b, "- `{%s}` — %s\n", p.Name, p.Help)
	}
	b.WriteString("\n")
	return b.Bytes()
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
