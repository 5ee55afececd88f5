// Command savedobjects writes the lines that Kibana imports, from a source that people can read.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/myevents/myevents/features/operations"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

func run(args []string, stderr io.Writer) int {
	if len(args) != 2 {
		_, _ = fmt.Fprintln(stderr, "usage: savedobjects SOURCE.json LINES.ndjson")
		return 2
	}
	if err := write(args[0], args[1]); err != nil {
		_, _ = fmt.Fprintln(stderr, "savedobjects:", err)
		return 1
	}
	return 0
}

func write(from, to string) error {
	source, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	lines, err := operations.SavedObjects(source)
	if err != nil {
		return err
	}
	return os.WriteFile(to, lines, 0o644)
}
