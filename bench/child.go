package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/myevents/myevents/bench/load"
)

// child is a server under test in a process of its own. The generator must not share its heap.
type child struct {
	command *exec.Cmd
	addr    string
	admin   string // address of the admin port, where it has one
}

// startChild runs a program that is told to listen on free loopback ports, and waits until it accepts. args gets the
// addresses for the API and the admin port. Its output goes nowhere, as the log lines of all servers under test do; errors go to ours.
func startChild(ctx context.Context, program string, args func(addr, admin string) []string) (*child, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	c := &child{command: exec.CommandContext(ctx, program, args(addr, admin)...), addr: addr, admin: admin}
	c.command.Stderr = os.Stderr
	c.command.Cancel = func() error { return c.command.Process.Signal(syscall.SIGTERM) }
	c.command.WaitDelay = 20 * time.Second
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	if err := c.await(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *child) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.addr)
		if err == nil {
			return conn.Close()
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s did not listen on %s: %w", c.command.Path, c.addr, err)
		}
		load.Pause(ctx, 2*time.Millisecond)
	}
}

// stop ends the child and waits for it.
func (c *child) stop() error {
	if err := c.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return c.command.Wait()
}

// resident returns the child's resident memory in MiB: now, and the most it ever had.
func (c *child) resident() (now, peak float64, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", c.command.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		kib, _ := strconv.ParseFloat(fields[1], 64)
		switch fields[0] {
		case "VmRSS:":
			now = kib / 1024
		case "VmHWM:":
			peak = kib / 1024
		}
	}
	return now, peak, nil
}

// processorTime returns how long the child has used processors.
func (c *child) processorTime() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	// Behind the program's name, which may hold anything, the 12th and the 13th field are user and system time.
	_, behind, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(behind)
	if len(fields) < 13 {
		return 0, fmt.Errorf("process status %q", stat)
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 wherever Go runs
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}

// rest waits until the child has done what there was left to do, and returns its processor time then.
func (c *child) rest(ctx context.Context) (time.Duration, error) {
	const look, idle = 250 * time.Millisecond, 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		before, err := c.processorTime()
		if err != nil {
			return 0, err
		}
		load.Pause(ctx, look)
		after, err := c.processorTime()
		if err != nil || after-before <= idle || ctx.Err() != nil {
			return after, err
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
