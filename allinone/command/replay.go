package command

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// replay rebuilds read models from the owners' outboxes while selling goes on.
type replay struct {
	adminClient `embed:""`
	Fresh       bool     `help:"Delete the copy first: nothing is sold or found until it is back."`
	Services    []string `arg:"" optional:"" help:"booking, search or both (the default)." enum:"booking,search"`
}

func (r *replay) run(ctx context.Context, stdout io.Writer) error {
	services := r.Services
	if len(services) == 0 {
		services = []string{"booking", "search"}
	}
	for _, service := range services {
		if r.Fresh {
			if err := r.call(ctx, http.MethodDelete, service, "copy", nil); err != nil {
				return err
			}
		}
		var done map[string]int
		if err := r.call(ctx, http.MethodPost, service, "replay", &done); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, "%s: applied %d, removed %d\n", service, done["applied"], done["removed"]); err != nil {
			return err
		}
	}
	return nil
}
