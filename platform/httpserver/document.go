package httpserver

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/auth"
)

const (
	schemaPrefix = "#/components/schemas/"
	bearer       = "bearer"
)

func newDocument(o APIOptions) *huma.OpenAPI {
	schemas := huma.NewMapRegistry(schemaPrefix, huma.DefaultSchemaNamer)
	// huma adds its own error model to every document; we answer with problems only.
	schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: o.Title, Version: o.Version, Description: o.Description},
		Components: &huma.Components{
			Schemas: schemas,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				bearer: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The token of a session."},
			},
		},
	}
}

// EachOperation calls do with every operation: its method, its path and the status of its success.
func (a *API) EachOperation(do func(method, path string, success int)) {
	for path, item := range a.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op != nil {
				do(op.Method, path, op.DefaultStatus)
			}
		}
	}
}

// describeAccess documents who may call the operation.
func describeAccess(op *huma.Operation, rule auth.Rule) {
	if rule.Public {
		return
	}
	roles := rule.Roles
	if roles == nil {
		roles = []string{}
	}
	op.Security = []map[string][]string{{bearer: roles}}
}

// describeProblems documents the problems the operation can answer with; input is its input type.
func describeProblems(schemas huma.Registry, op *huma.Operation, rule auth.Rule, input reflect.Type) {
	statuses := append([]int{http.StatusInternalServerError, http.StatusServiceUnavailable}, op.Errors...)
	if input.NumField() > 0 {
		statuses = append(statuses, http.StatusBadRequest)
	}
	if _, body := input.FieldByName("Body"); body {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if !rule.Public {
		statuses = append(statuses, http.StatusUnauthorized)
	}
	if len(rule.Roles) > 0 {
		statuses = append(statuses, http.StatusForbidden)
	}
	schema := schemas.Schema(reflect.TypeFor[Problem](), true, "")
	op.Errors = nil // huma would document them with its own model, and a 422 that we never answer
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
}
