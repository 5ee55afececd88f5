package worlds

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"syscall"
	"time"

	"github.com/myevents/myevents/features/doors"
)

// process is one service's operating-system process. Its methods are for one caller at a time.
type process struct {
	name    string
	path    string // of the binary
	dir     string // working directory
	args    []string
	address string         // of the API
	admin   string         // of the admin port
	env     []string       // NAME=value, all of it: what configures the test's process must not configure this one
	logs    doors.Captured // of all its runs

	cmd    *exec.Cmd     // nil: not running
	ended  chan struct{} // closed when the process has ended
	result error         // of its run, once ended
}

const (
	readyTimeout = 30 * time.Second
	stopTimeout  = 30 * time.Second
	probeTimeout = time.Second
	probePause   = 20 * time.Millisecond
)

func (p *process) url() string      { return "http://" + p.address }
func (p *process) adminURL() string { return "http://" + p.admin }

// start returns as soon as the process runs; ready waits for it.
func (p *process) start() error {
	cmd := exec.Command(p.path, p.args...)
	cmd.Dir = p.dir
	cmd.Env = p.env
	cmd.Stdout, cmd.Stderr = &p.logs, &p.logs
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	ended := make(chan struct{})
	p.cmd, p.ended = cmd, ended
	go func() { // ends with the process, which stop sees to
		p.result = cmd.Wait()
		close(ended)
	}()
	return nil
}

// ready waits until the process wants traffic and everything it depends on is there, such as the keys of tokens: a
// process does not wait for those to get ready.
func (p *process) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	ticker := time.NewTicker(probePause)
	defer ticker.Stop()
	for {
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended instead of getting ready: %w", p.name, p.result)
		case <-ctx.Done():
			return fmt.Errorf("%s did not get ready: %w", p.name, ctx.Err())
		case <-ticker.C:
			if p.probe(ctx, "/readyz") && p.probe(ctx, "/healthz") {
				return nil
			}
		}
	}
}

func (p *process) probe(ctx context.Context, path string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.adminURL()+path, http.NoBody)
	if err != nil {
		return false
	}
	client := &http.Client{Timeout: probeTimeout}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// stop asks the process to end by SIGTERM and waits for it; stopping what does not run does nothing. A process that
// does not end, or not cleanly, is an error, and gone afterwards all the same.
func (p *process) stop(ctx context.Context) error {
	if p.cmd == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	cmd := p.cmd
	p.cmd = nil
	failure := cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-ctx.Done():
		failure = errors.Join(failure, errors.New("did not stop in time"), cmd.Process.Kill())
		<-p.ended
	}
	if err := errors.Join(failure, p.result); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	return nil
}
