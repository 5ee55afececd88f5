// Package deadletters lists the dead letters of all services as one list.
package deadletters

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/forward"
)

// callTime is how long one service may take. A list goes on without those that are away.
const callTime = 3 * time.Second

// DeadLetterPage is one page of the list.
type DeadLetterPage struct {
	Items      []deadletter.Letter `json:"items" nullable:"false"`
	NextCursor string              `json:"next_cursor,omitempty" doc:"Pass it as cursor to get the next page; absent on the last"`
	Missing    []string            `json:"missing,omitempty" nullable:"false" doc:"Services that did not answer: theirs are not listed"`
}

type listInput struct {
	Cursor        string `query:"cursor" maxLength:"300" doc:"next_cursor of the page before"`
	Limit         int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Letters a page"`
	Authorization string `header:"Authorization" hidden:"true"`
}

type listOutput struct {
	Body DeadLetterPage
}

// Register adds list-dead-letters to the API. The list goes through the services one after another, in their order
// here, and asks each as the caller.
func Register(api *httpserver.API, services []*forward.Service) {
	httpserver.Register(api, huma.Operation{
		OperationID: "list-dead-letters", Method: http.MethodGet, Path: gateway.DeadLetters,
		Summary:     "List the messages that could not be processed",
		Description: "Those of all services, service by service, oldest message first.",
		Tags:        []string{"operator"},
	}, func(ctx context.Context, in *listInput) (*listOutput, error) {
		from, err := parsePosition(in.Cursor, services)
		if err != nil {
			return nil, err
		}
		l := lister{services: services, authorization: in.Authorization}
		return &listOutput{Body: l.page(ctx, from, in.Limit)}, nil
	})
}

// position is where a page begins: at a service, behind a cursor of its own.
type position struct {
	service int
	cursor  string
}

func parsePosition(cursor string, services []*forward.Service) (position, error) {
	if cursor == "" {
		return position{}, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(cursor)
	name, behind, _ := strings.Cut(string(decoded), "/")
	for i, s := range services {
		if err == nil && s.Name() == name {
			return position{service: i, cursor: behind}, nil
		}
	}
	return position{}, fault.InvalidField("cursor", "must be the next_cursor of a page")
}

func (p position) encode(services []*forward.Service) string {
	return base64.RawURLEncoding.EncodeToString([]byte(services[p.service].Name() + "/" + p.cursor))
}

// lister acts for one caller.
type lister struct {
	services      []*forward.Service
	authorization string
}

// page fills a page from one service after the other. A service that does not answer is named and left out, since an
// operator needs the list most while something is broken.
func (l lister) page(ctx context.Context, at position, limit int) DeadLetterPage {
	page := DeadLetterPage{Items: []deadletter.Letter{}}
	for ; at.service < len(l.services); at = (position{service: at.service + 1}) {
		if len(page.Items) == limit {
			page.NextCursor = at.encode(l.services)
			return page
		}
		service := l.services[at.service]
		part, err := l.ask(ctx, service, at.cursor, limit-len(page.Items))
		if err != nil {
			page.Missing = append(page.Missing, service.Name())
			continue
		}
		page.Items = append(page.Items, part.Items...)
		if part.NextCursor != "" {
			page.NextCursor = position{at.service, part.NextCursor}.encode(l.services)
			return page
		}
	}
	return page
}

func (l lister) ask(ctx context.Context, s *forward.Service, cursor string, limit int) (*httpserver.Page[deadletter.Letter], error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL(gateway.DeadLetters)+"?"+query.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask %s for its dead letters: %w", s.Name(), err)
	}
	r.Header.Set("Authorization", l.authorization)
	answer, err := s.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask %s for its dead letters: %w", s.Name(), err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s for its dead letters: %s", s.Name(), answer.Status)
	}
	page := &httpserver.Page[deadletter.Letter]{}
	if err := json.NewDecoder(answer.Body).Decode(page); err != nil {
		return nil, fmt.Errorf("read the dead letters of %s: %w", s.Name(), err)
	}
	return page, nil
}
