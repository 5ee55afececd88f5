package deadletter

import (
	"context"
	"encoding/base64"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
)

const path = "/api/v1/operator/dead-letters"

type listInput struct {
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Letters a page"`
}

type listOutput struct {
	Body httpserver.Page[Letter]
}

type letterInput struct {
	ID string `path:"id" doc:"Id of the letter"`
}

type letterOutput struct {
	Body Letter
}

// Register adds the operators' operations to the API: list-dead-letters, get-dead-letter, requeue-dead-letter and
// drop-dead-letter.
func Register(api *httpserver.API, q *Queue) {
	httpserver.Register(api, huma.Operation{
		OperationID: "list-dead-letters", Method: http.MethodGet, Path: path,
		Summary: "List the messages that could not be processed", Tags: []string{"operator"},
	}, func(ctx context.Context, in *listInput) (*listOutput, error) {
		page, err := list(ctx, q, in.Cursor, in.Limit)
		return &listOutput{Body: page}, err
	})
	httpserver.Register(api, huma.Operation{
		OperationID: "get-dead-letter", Method: http.MethodGet, Path: path + "/{id}",
		Summary: "Get a message that could not be processed", Tags: []string{"operator"}, Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *letterInput) (*letterOutput, error) {
		letter, err := q.Get(ctx, in.ID)
		return &letterOutput{Body: letter}, err
	})
	httpserver.Register(api, huma.Operation{
		OperationID: "requeue-dead-letter", Method: http.MethodPost, Path: path + "/{id}/requeue", DefaultStatus: http.StatusNoContent,
		Summary: "Process a message again", Description: "Success removes the letter; failure adds to its history.",
		Tags: []string{"operator"}, Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *letterInput) (*struct{}, error) {
		return nil, q.Requeue(ctx, in.ID)
	})
	httpserver.Register(api, huma.Operation{
		OperationID: "drop-dead-letter", Method: http.MethodPost, Path: path + "/{id}/drop", DefaultStatus: http.StatusNoContent,
		Summary: "Delete a message that could not be processed", Tags: []string{"operator"}, Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *letterInput) (*struct{}, error) {
		return nil, q.Drop(ctx, in.ID)
	})
}

// list returns a page. It asks the store for one letter more, to know whether there is a next page.
func list(ctx context.Context, q *Queue, cursor string, limit int) (httpserver.Page[Letter], error) {
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return httpserver.Page[Letter]{}, fault.InvalidField("cursor", "must be the next_cursor of a page")
	}
	letters, err := q.List(ctx, string(after), limit+1)
	if err != nil || len(letters) <= limit {
		return httpserver.Page[Letter]{Items: letters}, err
	}
	letters = letters[:limit]
	next := base64.RawURLEncoding.EncodeToString([]byte(letters[limit-1].ID))
	return httpserver.Page[Letter]{Items: letters, NextCursor: next}, nil
}
