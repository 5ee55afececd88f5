package steps

import (
	"context"
	"net/http"

	"github.com/myevents/myevents/features/worlds"
)

// admin sends a command to a service.
func (s *scenario) admin(ctx context.Context, service, method, path string) error {
	return s.onAdminPort(ctx, service, method, "/admin/"+service+path)
}

func (s *scenario) looksAtAdmin(ctx context.Context, path, service string) error {
	return s.onAdminPort(ctx, service, http.MethodGet, path)
}

// onAdminPort sends a request to a service's admin port; the answer becomes the scenario's last one.
func (s *scenario) onAdminPort(ctx context.Context, service, method, path string) error {
	world, err := need[worlds.Admin](s)
	if err != nil {
		return err
	}
	base, token := world.Admin(service)
	door := newClient(base)
	defer door.close()
	e, err := door.do(ctx, request{method: method, path: path, token: token})
	if err != nil {
		return err
	}
	s.previous, s.last = s.last, e
	if e.status >= http.StatusBadRequest {
		return e.unlike("the admin port should do it")
	}
	return nil
}
