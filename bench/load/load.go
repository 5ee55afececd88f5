// Package load sends requests to a server over HTTP from a number of clients and measures its answers, and makes what is
// sold under load: bench measures the platform in one process with it, containers/bench the services on real parts.
package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Request makes the bytes of the n-th request of a client. The result is used until the next call.
type Request func(client, n int, into []byte) []byte

// Load is a number of clients on one connection each, which send the next request when the last is answered.
type Load struct {
	Addr     string // host and port
	Clients  int
	Request  Request
	Expect   int           // status that counts as success; any other ends the measurement
	Accept   []int         // further statuses that count as answered
	Duration time.Duration // zero: until Count requests are answered
	Count    int64
	Rate     float64 // requests per second over all clients, paced; zero: as fast as it goes
}

// Result is what a load found.
type Result struct {
	Answered int64
	Took     time.Duration
	Statuses map[int]int64
	latency  []time.Duration // sorted
}

// PerSecond returns the rate of answers.
func (r Result) PerSecond() float64 { return float64(r.Answered) / r.Took.Seconds() }

// Quantile returns the latency that a share q of the requests did not exceed; 0 where none was answered.
func (r Result) Quantile(q float64) time.Duration {
	if len(r.latency) == 0 {
		return 0
	}
	return r.latency[min(int(float64(len(r.latency))*q), len(r.latency)-1)]
}

// Run sends the load and waits for its end. It stops at the first answer that is neither expected nor accepted.
func (l Load) Run(ctx context.Context) (Result, error) {
	if l.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.Duration)
		defer cancel()
	}
	var (
		wait    sync.WaitGroup
		left    atomic.Int64
		results = make([]Result, l.Clients)
		errs    = make([]error, l.Clients)
		start   = time.Now()
	)
	left.Store(l.Count)
	for i := range l.Clients {
		wait.Go(func() { results[i], errs[i] = l.client(ctx, i, &left, start) })
	}
	wait.Wait()
	total := Result{Took: time.Since(start), Statuses: map[int]int64{}}
	for _, r := range results {
		total.Answered += r.Answered
		total.latency = append(total.latency, r.latency...)
		for status, n := range r.Statuses {
			total.Statuses[status] += n
		}
	}
	slices.Sort(total.latency)
	return total, errors.Join(errs...)
}

func (l Load) client(ctx context.Context, id int, left *atomic.Int64, start time.Time) (Result, error) {
	r := Result{Statuses: map[int]int64{}}
	conn, err := net.Dial("tcp", l.Addr)
	if err != nil {
		return r, err
	}
	defer func() { _ = conn.Close() }()
	reader, buffer := bufio.NewReaderSize(conn, 64<<10), make([]byte, 0, 4096)
	for n := 0; ctx.Err() == nil; n++ {
		if l.Count > 0 && left.Add(-1) < 0 {
			return r, nil
		}
		due := time.Now()
		if l.Rate > 0 {
			// Latency counts from when the request was due, so that a server that falls behind cannot hide it.
			due = start.Add(time.Duration(float64(n*l.Clients+id) / l.Rate * float64(time.Second)))
			Pause(ctx, time.Until(due))
		}
		buffer = l.Request(id, n, buffer[:0])
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			return r, err
		}
		status, err := exchange(conn, reader, buffer)
		if err != nil {
			return r, fmt.Errorf("client %d, request %d: %w", id, n, err)
		}
		r.latency = append(r.latency, time.Since(due))
		r.Answered++
		r.Statuses[status]++
		if status != l.Expect && !slices.Contains(l.Accept, status) {
			return r, fmt.Errorf("client %d, request %d: answered %d, want %d", id, n, status, l.Expect)
		}
	}
	return r, nil
}

// exchange sends a request and reads its answer. It is a fraction of net/http's client, so that the generator leaves
// the machine to the server under test: HTTP/1.1, keep-alive, a body of Content-Length or chunks.
func exchange(conn io.Writer, reader *bufio.Reader, request []byte) (status int, err error) {
	if _, err := conn.Write(request); err != nil {
		return 0, err
	}
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("status line %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, fmt.Errorf("status line %q", line)
	}
	length, chunked := 0, false
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
	if chunked {
		return status, discardChunks(reader)
	}
	if status == 304 || status == 204 {
		return status, nil
	}
	_, err = reader.Discard(length)
	return status, err
}

func discardChunks(reader *bufio.Reader) error {
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return err
		}
		if _, err := reader.Discard(int(size) + 2); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}

// Pause lets d pass, or less where ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
