package config

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// KeyValue is a setting: its key in the configuration file and its value in a form that may be logged.
type KeyValue struct{ Key, Value string }

// Masked returns the settings of cfg, a pointer to a struct that Parse has filled, in the order of its flags. Secrets
// show as "***", passwords in URLs as "xxxxx".
func Masked(cfg any) []KeyValue {
	parser, err := kong.New(cfg)
	if err != nil {
		panic(fmt.Sprintf("configuration: %v", err)) // a mistake in the tags of cfg, which Parse would have returned
	}
	var settings []KeyValue
	for _, flag := range allFlags(parser.Model.Node) {
		if flag.Name != "help" {
			settings = append(settings, KeyValue{Key: key(flag), Value: masked(flag.Target)})
		}
	}
	return settings
}

func masked(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = masked(v.Index(i))
		}
		return strings.Join(parts, ",")
	case reflect.Map:
		var parts []string
		for _, k := range v.MapKeys() {
			parts = append(parts, fmt.Sprintf("%v=%s", k, masked(v.MapIndex(k))))
		}
		slices.Sort(parts)
		return strings.Join(parts, ";")
	default:
		return withoutPassword(fmt.Sprint(v.Interface())) // Secret has a String
	}
}

// withoutPassword hides the password of a URL, and all of what looks like a URL with one but cannot be parsed.
func withoutPassword(text string) string {
	if !strings.Contains(text, "://") || !strings.Contains(text, "@") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil {
		return mask
	}
	if u.Opaque != "" { // a URL in a URL, as elasticsearch:http://...
		return u.Scheme + ":" + withoutPassword(u.Opaque)
	}
	return u.Redacted()
}
