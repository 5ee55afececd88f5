package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// sources resolves flags that are not on the command line. It is a kong.Resolver, of our own because kong's reads the
// process's environment itself and ignores keys it does not know.
type sources struct {
	getenv func(string) string
	flags  struct {
		Config string `help:"Read what is not given otherwise from this JSON file." placeholder:"FILE.json"`
	}
	path   string
	opened bool
	file   map[string]any
}

const configFlag = "config"

// open reads the file, if one is named. kong calls it for every part of the command line, so only the first call works.
func (s *sources) open(c *kong.Context) error {
	if s.opened {
		return nil
	}
	s.opened = true
	s.path = s.filePath(c)
	if s.path == "" {
		return nil
	}
	text, err := os.ReadFile(s.path)
	if err != nil {
		return fmt.Errorf("read configuration file: %w", err)
	}
	if s.file, err = decode(text); err != nil {
		return fmt.Errorf("configuration file %s: %w", s.path, err)
	}
	if unknown := unknownKeys(s.file, c.Model.Node); len(unknown) > 0 {
		return fmt.Errorf("configuration file %s: unknown keys: %s", s.path, strings.Join(unknown, ", "))
	}
	return nil
}

func (s *sources) filePath(c *kong.Context) string {
	for _, flag := range c.Model.Flags {
		if flag.Name != configFlag {
			continue
		}
		if path := c.FlagValue(flag).(string); path != "" {
			return path
		}
		return s.getenv(variable(flag))
	}
	return ""
}

func decode(text []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // so that 1.5 and 1e3 can be told from integers
	var values map[string]any
	if err := decoder.Decode(&values); err != nil {
		return nil, fmt.Errorf("must be one JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("must be one JSON object, and nothing after it")
	}
	return values, nil
}

// unknownKeys returns, sorted, the keys that are no flag of any command: several commands may share a file.
func unknownKeys(file map[string]any, model *kong.Node) []string {
	known := map[string]bool{}
	for _, flag := range allFlags(model) {
		known[key(flag)] = flag.Name != configFlag && flag.Name != "help"
	}
	var unknown []string
	for name := range file {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

func allFlags(node *kong.Node) []*kong.Flag {
	flags := slices.Clone(node.Flags)
	for _, child := range node.Children {
		flags = append(flags, allFlags(child)...)
	}
	return flags
}

// Validate is a part of kong.Resolver with nothing left to do: open has checked the file.
func (s *sources) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a flag from the environment, else from the file, else nil.
func (s *sources) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "help" {
		return nil, nil
	}
	if value := s.getenv(variable(flag)); value != "" {
		return value, decodes(flag, value)
	}
	value, given := s.file[key(flag)]
	if !given {
		return nil, nil
	}
	value, err := convert(value, flag.Target.Type())
	if err != nil {
		return nil, fmt.Errorf("%s in %s %w", key(flag), s.path, err)
	}
	return value, nil
}

// decodes checks the value of a variable here, because kong would only name the flag.
func decodes(flag *kong.Flag, value string) error {
	scan := kong.Scan().PushTyped(value, kong.FlagValueToken)
	err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, reflect.New(flag.Target.Type()).Elem())
	if err != nil {
		return fmt.Errorf("%s: %w", variable(flag), err)
	}
	return nil
}

// convert checks that a JSON value has the type a flag needs, which kong would not name by its key, and returns it in
// the form kong parses.
func convert(value any, t reflect.Type) (any, error) {
	if wanted := jsonTypeFor(t); jsonTypeOf(value) != wanted {
		return nil, errors.New("must be " + wanted)
	}
	if number, ok := value.(json.Number); ok {
		return number.String(), nil
	}
	return value, nil
}

func jsonTypeFor(t reflect.Type) string {
	switch k := t.Kind(); {
	case t == reflect.TypeFor[time.Duration]():
		return "a string" // such as "15s"
	case k == reflect.Bool:
		return "true or false"
	case k >= reflect.Int && k <= reflect.Float64:
		return "a number"
	case k == reflect.Slice:
		return "an array"
	case k == reflect.Map:
		return "an object"
	default:
		return "a string"
	}
}

func jsonTypeOf(value any) string {
	switch value.(type) {
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	case string:
		return "a string"
	default:
		return "null"
	}
}
