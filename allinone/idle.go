package allinone

import "context"

// Idle reports whether no message is under way: the running services have published all they committed and processed
// all that was published. It is for tests, which look for what must not happen only when nothing can happen any more.
func (a *App) Idle(ctx context.Context) bool {
	// The second round finds what one service published after another had been asked.
	for range 2 {
		for _, s := range a.services {
			if !s.Idle(ctx) {
				return false
			}
		}
	}
	return true
}
