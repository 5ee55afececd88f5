// Command schemas writes the JSON schemas of the kinds that k8s/ uses, for kubeconform. They come from the document in which
// the API server of that release describes itself; it is part of Kubernetes' own Go module.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	module      = "k8s.io/kubernetes@v1.34.4"
	definitions = "_definitions.json"
	prefix      = "#/definitions/"
)

func main() {
	if len(os.Args) < 3 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: schemas DIRECTORY GROUP/VERSION/KIND...")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "schemas:", err)
		os.Exit(1)
	}
}

type schema = map[string]any

// write puts a file for each kind, which refers to a definition, and one with all the definitions into the directory.
func write(directory string, kinds []string) error {
	all, err := download()
	if err != nil {
		return err
	}
	wanted := map[string]schema{}
	for _, kind := range kinds {
		name, err := find(all, kind)
		if err != nil {
			return err
		}
		collect(all, name, wanted)
		if err := save(directory, fileOf(kind), schema{"$ref": definitions + prefix + name}); err != nil {
			return err
		}
	}
	for _, s := range wanted {
		tighten(s)
	}
	return save(directory, definitions, schema{"definitions": wanted})
}

// download returns the definitions of the API server.
func download() (map[string]schema, error) {
	command := exec.Command("go", "mod", "download", "-json", module)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", module, err)
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal(out, &downloaded); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(downloaded.Dir, "api", "openapi-spec", "swagger.json"))
	if err != nil {
		return nil, err
	}
	var document struct{ Definitions map[string]schema }
	err = json.Unmarshal(text, &document)
	return document.Definitions, err
}

// fileOf returns the name by which kubeconform looks for a kind's schema: the kind, the first word of its group, its version.
func fileOf(kind string) string {
	group, version, name := split(kind)
	words := []string{strings.ToLower(name), strings.Split(group, ".")[0], version}
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), "-") + ".json"
}

func split(kind string) (group, version, name string) {
	words := strings.Split("/"+kind, "/") // those of the core group have none
	last := len(words) - 1
	return strings.TrimPrefix(strings.Join(words[:last-1], "/"), "/"), words[last-1], words[last]
}

// find returns the name of a kind's definition.
func find(all map[string]schema, kind string) (string, error) {
	group, version, name := split(kind)
	for _, definition := range slices.Sorted(maps.Keys(all)) {
		described, _ := all[definition]["x-kubernetes-group-version-kind"].([]any)
		for _, d := range described {
			d := d.(schema)
			if d["group"] == group && d["version"] == version && d["kind"] == name {
				return definition, nil
			}
		}
	}
	return "", fmt.Errorf("%s knows no %s", module, kind)
}

// collect adds a definition and all that it refers to.
func collect(all map[string]schema, name string, into map[string]schema) {
	if into[name] != nil {
		return
	}
	into[name] = all[name]
	walk(all[name], func(s schema) {
		if ref, isRef := s["$ref"].(string); isRef {
			collect(all, strings.TrimPrefix(ref, prefix), into)
		}
	})
}

// tighten makes of a description a schema that refuses what the API server would drop or refuse: fields it does not know. It
// also says in JSON Schema's words what a description says in its own, and leaves the prose out.
func tighten(root schema) {
	walk(root, func(s schema) {
		delete(s, "description")
		if s["format"] == "int-or-string" {
			delete(s, "format")
			s["type"] = []string{"string", "integer"}
		}
		if _, open := s["additionalProperties"]; !open && s["properties"] != nil {
			s["additionalProperties"] = false
		}
		maps.DeleteFunc(s, func(key string, _ any) bool { return strings.HasPrefix(key, "x-kubernetes-") })
	})
}

// walk visits every schema inside one, itself included, and no field that merely has the name of a keyword.
func walk(s schema, visit func(schema)) {
	visit(s)
	if properties, ok := s["properties"].(schema); ok {
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			walk(properties[name].(schema), visit)
		}
	}
	for _, keyword := range []string{"items", "additionalProperties"} {
		if inner, ok := s[keyword].(schema); ok {
			walk(inner, visit)
		}
	}
}

func save(directory, name string, s schema) error {
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(directory, name), append(text, '\n'), 0o644)
}
