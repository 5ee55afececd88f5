// Command scan holds what ships against the rules that no ready-made scanner knows: the licences we may ship under, and how
// our Dockerfiles are written. `make scan` runs it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run ends with 0 where all is as it should be, 1 where it isn't, and 2 where it could not look.
func run(args []string, stdout, stderr io.Writer) int {
	var findings []string
	var err error
	switch {
	case len(args) == 2 && args[0] == "licences":
		findings, err = checkLicences(args[1])
	case len(args) > 2 && args[0] == "dockerfiles":
		findings, err = checkDockerfiles(args[1], args[2:])
	default:
		err = errors.New("usage: scan licences SBOM, or scan dockerfiles IMAGES.ENV FILE and more of them")
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	}
	for _, finding := range findings {
		_, _ = fmt.Fprintln(stderr, finding)
	}
	if len(findings) > 0 {
		return 1
	}
	_, _ = fmt.Fprintf(stdout, "%s: nothing found\n", args[0])
	return 0
}
