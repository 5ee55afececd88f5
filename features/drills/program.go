package drills

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/myevents/myevents/features/worlds"
)

const (
	readyTimeout = 60 * time.Second
	stopTimeout  = 15 * time.Second
	pollPause    = 200 * time.Millisecond
	probeTimeout = time.Second
)

// program is a third-party server that runs as a process of its own, its output in a file.
type program struct {
	name  string
	cmd   *exec.Cmd
	log   string        // file of its output
	ended chan struct{} // closed when the process has ended
}

// startProgram starts the binary and returns once its readiness page, a path at the address, says yes.
func startProgram(ctx context.Context, dir, path, address, page string, args ...string) (*program, error) {
	name := filepath.Base(path)
	p := &program{name: name, cmd: exec.Command(path, args...), log: filepath.Join(dir, name+".log"), ended: make(chan struct{})}
	output, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }() // the process has its own
	p.cmd.Stdout, p.cmd.Stderr = output, output
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { // ends with the process, which stop sees to
		_ = p.cmd.Wait() // it ends by a signal
		close(p.ended)
	}()
	if err := p.ready(ctx, "http://"+address+page); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *program) ready(ctx context.Context, url string) error {
	client := &http.Client{Timeout: probeTimeout}
	defer client.CloseIdleConnections()
	return poll(ctx, readyTimeout, func(ctx context.Context) error {
		select {
		case <-p.ended:
			said, _ := os.ReadFile(p.log)
			return final(fmt.Errorf("%s ended:\n%.1000s", p.name, said)) // the rest of it is its manual
		default:
		}
		return ask(ctx, client, http.MethodGet, url, nil, nil)
	})
}

// stop asks the process to end, and makes it.
func (p *program) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
		return nil
	case <-time.After(stopTimeout):
		err := p.cmd.Process.Kill()
		<-p.ended
		return errors.Join(fmt.Errorf("%s does not stop", p.name), err)
	}
}

// freeAddress returns an address that nobody listens on.
func freeAddress() (string, error) {
	addresses, err := worlds.FreeAddresses(1)
	if err != nil {
		return "", err
	}
	return addresses[0], nil
}

// finalError is one that waiting does not cure.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

func final(err error) error { return finalError{err} }

// poll tries until it works, and returns the last error at the deadline.
func poll(ctx context.Context, within time.Duration, try func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	ticker := time.NewTicker(pollPause)
	defer ticker.Stop()
	for {
		err := try(ctx) // not bounded: the last error shall be that of an answer, not of the deadline
		if _, hopeless := errors.AsType[finalError](err); err == nil || hopeless {
			return err
		}
		select {
		case <-bounded.Done():
			return fmt.Errorf("not within %s: %w", within.Round(time.Millisecond), err)
		case <-ticker.C:
		}
	}
}
