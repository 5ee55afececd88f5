package main

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

// request makes the bytes of the n-th request of a client. The result is used until the next call.
type request func(client, n int, into []byte) []byte

// load is a number of clients on one connection each, which send the next request when the last is answered.
type load struct {
	addr     string
	clients  int
	request  request
	expect   int           // status that counts as success; any other ends the measurement
	accept   []int         // further statuses that count as answered
	duration time.Duration // zero: until count requests are answered
	count    int64
	rate     float64 // requests per second over all clients, paced; zero: as fast as it goes
}

// result is what a load found.
type result struct {
	answered int64
	took     time.Duration
	statuses map[int]int64
	latency  []time.Duration // sorted
}

func (r result) perSecond() float64 { return float64(r.answered) / r.took.Seconds() }

// quantile returns the latency that a share q of the requests did not exceed.
func (r result) quantile(q float64) time.Duration {
	if len(r.latency) == 0 {
		return 0
	}
	return r.latency[min(int(float64(len(r.latency))*q), len(r.latency)-1)]
}

// run sends the load and waits for its end. It stops at the first answer that is neither expected nor accepted.
func (l load) run(ctx context.Context) (result, error) {
	if l.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.duration)
		defer cancel()
	}
	var (
		wait    sync.WaitGroup
		left    atomic.Int64
		results = make([]result, l.clients)
		errs    = make([]error, l.clients)
		start   = time.Now()
	)
	left.Store(l.count)
	for i := range l.clients {
		wait.Go(func() { results[i], errs[i] = l.client(ctx, i, &left, start) })
	}
	wait.Wait()
	total := result{took: time.Since(start), statuses: map[int]int64{}}
	for _, r := range results {
		total.answered += r.answered
		total.latency = append(total.latency, r.latency...)
		for status, n := range r.statuses {
			total.statuses[status] += n
		}
	}
	slices.Sort(total.latency)
	return total, errors.Join(errs...)
}

func (l load) client(ctx context.Context, id int, left *atomic.Int64, start time.Time) (result, error) {
	r := result{statuses: map[int]int64{}}
	conn, err := net.Dial("tcp", l.addr)
	if err != nil {
		return r, err
	}
	defer func() { _ = conn.Close() }()
	reader, buffer := bufio.NewReaderSize(conn, 64<<10), make([]byte, 0, 4096)
	for n := 0; ctx.Err() == nil; n++ {
		if l.count > 0 && left.Add(-1) < 0 {
			return r, nil
		}
		due := time.Now()
		if l.rate > 0 {
			// Latency counts from when the request was due, so that a server that falls behind cannot hide it.
			due = start.Add(time.Duration(float64(n*l.clients+id) / l.rate * float64(time.Second)))
			pause(ctx, time.Until(due))
		}
		buffer = l.request(id, n, buffer[:0])
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			return r, err
		}
		status, err := exchange(conn, reader, buffer)
		if err != nil {
			return r, fmt.Errorf("client %d, request %d: %w", id, n, err)
		}
		r.latency = append(r.latency, time.Since(due))
		r.answered++
		r.statuses[status]++
		if status != l.expect && !slices.Contains(l.accept, status) {
			return r, fmt.Errorf("client %d, request %d: answered %d, want %d", id, n, status, l.expect)
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
