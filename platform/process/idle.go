package process

import "context"

// idler is implemented by services that can tell whether they have something left to do.
type idler interface {
	Idle(ctx context.Context) bool
}

// Idle reports whether the service has published everything it committed and processed every message that came in. One
// that is stopped does nothing, whatever waits for it.
func (s *Hosted) Idle(ctx context.Context) bool {
	r := s.running.Load()
	if r == nil {
		return true
	}
	service, tells := r.service.(idler)
	return !tells || service.Idle(ctx)
}
