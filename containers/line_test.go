package containers_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// line carries connections to a part, until it is cut for ever: to the part it looks as if its client had died.
type line struct {
	listener net.Listener
	to       string

	mu   sync.Mutex
	open []net.Conn
	cut  bool
}

// newLine returns a line to the address; it ends with the test.
func newLine(t *testing.T, to string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &line{listener: listener, to: to}
	var carriers sync.WaitGroup
	carriers.Go(func() { l.accept(&carriers) })
	t.Cleanup(func() {
		l.die()
		carriers.Wait()
	})
	return l
}

func (l *line) address() string { return l.listener.Addr().String() }

func (l *line) accept(carriers *sync.WaitGroup) {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return // cut
		}
		far, err := net.Dial("tcp", l.to)
		if err != nil || !l.keep(near, far) {
			_ = near.Close()
			continue
		}
		carriers.Go(func() { carry(near, far) })
		carriers.Go(func() { carry(far, near) })
	}
}

// keep notes the ends of a connection. It closes the far one and reports false where the line was cut meanwhile.
func (l *line) keep(near, far net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		_ = far.Close()
		return false
	}
	l.open = append(l.open, near, far)
	return true
}

// carry ends both directions when one ends.
func carry(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_ = from.Close()
	_ = to.Close()
}

func (l *line) die() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	_ = l.listener.Close()
	for _, end := range l.open {
		_ = end.Close()
	}
}
