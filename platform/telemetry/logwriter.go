package telemetry

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// logBlock is how many bytes of lines are written at once at the latest.
const logBlock = 64 << 10

// LogWriter gathers log lines and writes them on in blocks: a system call a line is a third of the price of a line.
// Lines wait at most for the flush interval; Close writes what waits. What cannot be written is lost, and counted: as a
// prometheus.Collector it is the metric of that.
type LogWriter struct {
	out  io.Writer
	lost prometheus.Counter

	mu      sync.Mutex
	waiting []byte

	end   chan struct{}
	ended chan struct{}
	once  sync.Once
}

// NewLogWriter starts a writer in front of w. Its one goroutine ends with Close.
func NewLogWriter(w io.Writer, interval time.Duration) *LogWriter {
	l := &LogWriter{
		out: w, waiting: make([]byte, 0, logBlock), end: make(chan struct{}), ended: make(chan struct{}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "log_lost_lines_total", Help: "Log lines that could not be written.",
		}),
	}
	go l.flush(interval)
	return l
}

// Write takes one line, and never fails. It is safe for concurrent use.
func (l *LogWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting)+len(p) > logBlock {
		_ = l.write() // counted
	}
	l.waiting = append(l.waiting, p...)
	return len(p), nil
}

// Flush writes the lines that wait.
func (l *LogWriter) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write()
}

// write hands the lines on, once; the caller holds mu.
func (l *LogWriter) write() error {
	if len(l.waiting) == 0 {
		return nil
	}
	n, err := l.out.Write(l.waiting)
	if err != nil {
		l.lost.Add(float64(bytes.Count(l.waiting[n:], []byte{'\n'})))
	}
	l.waiting = l.waiting[:0]
	return err
}

// Close writes the lines that wait and ends the goroutine. Later lines wait for a Flush of the caller's.
func (l *LogWriter) Close() error {
	l.once.Do(func() { close(l.end) })
	<-l.ended
	return l.Flush()
}

func (l *LogWriter) flush(interval time.Duration) {
	defer close(l.ended)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = l.Flush() // counted
		case <-l.end:
			return
		}
	}
}

// Describe implements prometheus.Collector.
func (l *LogWriter) Describe(to chan<- *prometheus.Desc) { l.lost.Describe(to) }

// Collect implements prometheus.Collector.
func (l *LogWriter) Collect(to chan<- prometheus.Metric) { l.lost.Collect(to) }
