package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/deadletter"
)

// dlq holds the commands for dead letters.
type dlq struct {
	List    dlqList    `cmd:"" help:"List the dead letters of all services."`
	Show    dlqShow    `cmd:"" help:"Show one with its message and the history of its failures."`
	Requeue dlqRequeue `cmd:"" help:"Process one again; it stays where that fails."`
	Drop    dlqDrop    `cmd:"" help:"Delete one for good."`
}

type dlqList struct {
	adminClient `embed:""`
}

type dlqShow struct {
	adminClient `embed:""`
	ID          string `arg:"" help:"As listed, such as booking.0198c0de."`
}

type dlqRequeue struct {
	adminClient `embed:""`
	ID          string `arg:"" help:"As listed, such as booking.0198c0de."`
}

type dlqDrop struct {
	adminClient `embed:""`
	ID          string `arg:"" help:"As listed, such as booking.0198c0de."`
}

// consumers are the services that may hold dead letters.
func consumers() []string { return []string{"booking", "event", "search"} }

func (l *dlqList) run(ctx context.Context, stdout io.Writer) error {
	table := tabwriter.NewWriter(stdout, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tTYPE\tSUBJECT\tPARKED\tFAILURES\tLAST ERROR") // a tabwriter reports its error at Flush
	for _, service := range consumers() {
		if err := l.each(ctx, service, func(letter deadletter.Letter) {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", letter.ID, letter.Type, letter.Subject,
				letter.ParkedAt.Format(time.RFC3339), len(letter.Failures), lastError(letter))
		}); err != nil {
			return err
		}
	}
	return table.Flush()
}

// each calls fn with every letter of a service, page after page.
func (l *dlqList) each(ctx context.Context, service string, fn func(deadletter.Letter)) error {
	cursor := ""
	for {
		var page struct {
			Items      []deadletter.Letter `json:"items"`
			NextCursor string              `json:"next_cursor"`
		}
		if err := l.call(ctx, http.MethodGet, service, "dead-letters?cursor="+url.QueryEscape(cursor), &page); err != nil {
			return err
		}
		for _, letter := range page.Items {
			fn(letter)
		}
		if page.NextCursor == "" {
			return nil
		}
		cursor = page.NextCursor
	}
}

func lastError(l deadletter.Letter) string {
	if len(l.Failures) == 0 {
		return ""
	}
	return l.Failures[len(l.Failures)-1].Error
}

func (s *dlqShow) run(ctx context.Context, stdout io.Writer) error {
	service, path, err := letterPath(s.ID)
	if err != nil {
		return err
	}
	var letter json.RawMessage
	if err := s.call(ctx, http.MethodGet, service, path, &letter); err != nil {
		return err
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(letter)
}

func (r *dlqRequeue) run(ctx context.Context, stdout io.Writer) error {
	return r.act(ctx, r.ID, "requeue", "processed", stdout)
}

func (d *dlqDrop) run(ctx context.Context, stdout io.Writer) error {
	return d.act(ctx, d.ID, "drop", "dropped", stdout)
}

func (c *adminClient) act(ctx context.Context, id, action, done string, stdout io.Writer) error {
	service, path, err := letterPath(id)
	if err != nil {
		return err
	}
	if err := c.call(ctx, http.MethodPost, service, path+"/"+action, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: %s\n", id, done)
	return err
}

// letterPath splits an id such as booking.0198c0de: its first part names the service that holds the letter.
func letterPath(id string) (service, path string, err error) {
	service, rest, found := strings.Cut(id, ".")
	if !found || service == "" || rest == "" {
		return "", "", fmt.Errorf("%w: id %q must look like booking.0198c0de, as dlq list shows it", config.ErrInvalid, id)
	}
	return service, "dead-letters/" + url.PathEscape(id), nil
}
