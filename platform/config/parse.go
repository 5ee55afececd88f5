package config

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// ErrHelp is returned after the usage was printed because somebody asked for it: there is nothing more to do.
var ErrHelp = errors.New("help was printed")

// ErrInvalid is wrapped by every error about flags, environment or file: the user has to correct something.
var ErrInvalid = errors.New("invalid configuration")

// Parse fills cfg, a pointer to a struct with kong's tags, from args, the environment, the JSON file that --config or
// CONFIG names, and the defaults; the first of these that has a value wins. A flag --admin-listen is ADMIN_LISTEN in the
// environment, unless the field has the tag getenv:"NAME", and admin_listen in the file. An empty variable counts as
// unset; a key of the file that is no flag is an error.
//
// The name and description head the usage that --help prints to stdout; then the error is ErrHelp.
func Parse(name, description string, cfg any, args []string, getenv func(string) string, stdout io.Writer) error {
	_, err := ParseCommand(name, description, cfg, args, getenv, stdout)
	return err
}

// ParseCommand is Parse for a cfg with commands. It returns the one selected with its arguments, such as
// "dlq show <id>".
func ParseCommand(
	name, description string, cfg any, args []string, getenv func(string) string, stdout io.Writer,
) (command string, err error) {
	helped := false
	s := &sources{getenv: getenv}
	parser, err := kong.New(cfg,
		kong.Name(name), kong.Description(description), kong.Writers(stdout, stdout),
		kong.Exit(func(int) { helped = true }), // kong's help flag asks to exit, and goes on where that returns
		kong.Embed(&s.flags), kong.WithBeforeResolve(s.open), kong.Resolvers(s), kong.ValueFormatter(help),
	)
	if err != nil {
		return "", fmt.Errorf("configuration of %s: %w", name, err) // a mistake in the tags of cfg
	}
	selected, err := parser.Parse(args)
	switch {
	case helped:
		return "", ErrHelp
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return selected.Command(), nil
}

// help appends the name of the environment variable to a flag's help.
func help(value *kong.Value) string {
	if value.Flag == nil || value.Name == "help" {
		return value.Help
	}
	return strings.TrimSpace(value.Help + " (" + variable(value.Flag) + ")")
}

// variable returns the environment variable of a flag.
func variable(flag *kong.Flag) string {
	if name := flag.Tag.Get("getenv"); name != "" {
		return name
	}
	return strings.ToUpper(key(flag))
}

// key returns a flag's key in the file.
func key(flag *kong.Flag) string { return strings.ReplaceAll(flag.Name, "-", "_") }
