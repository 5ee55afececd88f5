package steps

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// encode returns v as JSON. What sentences encode are maps, strings and numbers, which cannot fail.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// setField puts a JSON value at a path such as price.amount or halls[0].capacity of a body, as a sentence says it.
func setField(body map[string]any, path, value string) error {
	var v any
	if err := json.Unmarshal([]byte(value), &v); err != nil {
		return fmt.Errorf("%s is not JSON; write text in double quotes: %w", value, err)
	}
	if !put(body, split(path), v) {
		return fmt.Errorf("the body has no place for %q", path)
	}
	return nil
}

// removeField takes the field at the path out of a body.
func removeField(body map[string]any, path string) error {
	way := split(path)
	parent, ok := get(body, way[:len(way)-1])
	fields, isObject := parent.(map[string]any)
	if !ok || !isObject {
		return fmt.Errorf("the body has no %q", path)
	}
	delete(fields, way[len(way)-1])
	return nil
}

// split splits a path: halls[0].capacity is halls, 0, capacity.
func split(path string) []string {
	return strings.Split(index.ReplaceAllString(path, ".$1"), ".")
}

var index = regexp.MustCompile(`\[(\d+)\]`)

func get(doc any, way []string) (any, bool) {
	for _, step := range way {
		switch parent := doc.(type) {
		case map[string]any:
			child, ok := parent[step]
			if !ok {
				return nil, false
			}
			doc = child
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(parent) {
				return nil, false
			}
			doc = parent[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

func put(doc any, way []string, value any) bool {
	parent, ok := get(doc, way[:len(way)-1])
	if !ok {
		return false
	}
	last := way[len(way)-1]
	switch parent := parent.(type) {
	case map[string]any:
		parent[last] = value
		return true
	case []any:
		i, err := strconv.Atoi(last)
		if err != nil || i >= len(parent) {
			return false
		}
		parent[i] = value
		return true
	default:
		return false
	}
}
