package contracts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// asyncAPI is what the test looks at of the page.
type asyncAPI struct {
	AsyncAPI string `yaml:"asyncapi"`
	Channels map[string]struct {
		Address  string
		Messages map[string]reference
	}
	Operations map[string]struct {
		Action   string
		Channel  reference
		Messages []reference
	}
	Components struct {
		Messages map[string]struct {
			Name        string
			ContentType string `yaml:"contentType"`
			Payload     struct{ Schema reference }
		}
	}
}

type reference struct {
	Ref string `yaml:"$ref"`
}

func TestAsyncAPITellsOfEveryMessage(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	require.Equal(t, "3.0.0", page.AsyncAPI)
	byType := map[string]string{} // the key of each message
	for key, m := range page.Components.Messages {
		byType[m.Name] = key
		require.Equal(t, "application/cloudevents+json", m.ContentType)
		require.Equal(t, "schemas/"+m.Name+".json", m.Payload.Schema.Ref)
		require.FileExists(t, m.Payload.Schema.Ref)
	}
	for typ, x := range examples() {
		key := byType[typ]
		require.NotEmpty(t, key, typ)
		require.Equal(t, x.topic, page.Channels[x.topic].Address)
		require.Equal(t, "#/components/messages/"+key, page.Channels[x.topic].Messages[key].Ref, "%s is sent to its topic", typ)
	}
	require.Len(t, byType, len(messageTypes(t)))
}

func TestAsyncAPIHasASenderOfEveryMessage(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	sent := map[string]bool{}
	for name, o := range page.Operations {
		require.Contains(t, []string{"send", "receive"}, o.Action, name)
		for _, m := range o.Messages {
			require.True(t, strings.HasPrefix(m.Ref, o.Channel.Ref+"/messages/"), "%s: %s is of another channel", name, m.Ref)
			if o.Action == "send" {
				sent[m.Ref] = true
			}
		}
	}
	require.Len(t, sent, len(messageTypes(t)))
}

func TestAsyncAPIReferencesLeadSomewhere(t *testing.T) {
	t.Parallel()
	_, whole := readPage(t)
	var visit func(value any)
	visit = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			if ref, ok := value["$ref"].(string); ok && strings.HasPrefix(ref, "#/") {
				require.NotNil(t, follow(whole, ref), ref)
			}
			for _, v := range value {
				visit(v)
			}
		case []any:
			for _, v := range value {
				visit(v)
			}
		}
	}
	visit(whole)
}

func follow(value any, ref string) any {
	for _, name := range strings.Split(ref, "/")[1:] {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

func readPage(t *testing.T) (page asyncAPI, whole any) {
	t.Helper()
	content, err := os.ReadFile("asyncapi.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(content, &page))
	require.NoError(t, yaml.Unmarshal(content, &whole))
	return page, whole
}

// messageTypes returns the message types that messages.go declares: its constants with a dot in them.
func messageTypes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "messages.go", nil, 0)
	require.NoError(t, err)
	var types []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, v := range spec.Values {
			if literal, ok := v.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if value, err := strconv.Unquote(literal.Value); err == nil && strings.Contains(value, ".") {
					types = append(types, value)
				}
			}
		}
		return true
	})
	return types
}
