package tracestore

import (
	"encoding/binary"
	"time"

	"github.com/openzipkin/zipkin-go/model"
)

// Flags of a record: what is true of the span, and which parts follow.
const (
	hasParent = 1 << iota
	isDebug
	isShared
	hasLocal
	hasRemote
)

// words are strings of a segment that were written lately, and where. Spans tell much of the same, and a word that is
// among these is written as its place, which makes a record a third as long. A word has one slot; who comes later gets it.
type words [512]struct {
	text string
	at   int
}

// shortest is the length from which on a place is shorter than the word.
const shortest = 4

// appendString writes the length of a string, doubled, and the string; or its place, doubled and one more.
func (w *words) appendString(b []byte, s string) []byte {
	if n := len(s); n >= shortest {
		hash := uint(n)*131 ^ uint(s[0])*31 ^ uint(s[n/2])*17 ^ uint(s[n-1])
		slot := &w[hash%uint(len(w))]
		if slot.text == s {
			return binary.AppendUvarint(b, uint64(slot.at)<<1|1)
		}
		slot.text, slot.at = s, len(b)
	}
	b = binary.AppendUvarint(b, uint64(len(s))<<1)
	return append(b, s...)
}

// appendRecord writes to a segment's data what its entries do not have. Zipkin counts in microseconds, so finer times are
// rounded.
func (w *words) appendRecord(b []byte, s *model.SpanModel) []byte {
	b = append(b, flags(s))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.ID))
	if s.ParentID != nil {
		b = binary.LittleEndian.AppendUint64(b, uint64(*s.ParentID))
	}
	b = w.appendString(b, string(s.Kind))
	b = w.appendString(b, s.Name)
	b = binary.AppendUvarint(b, duration(s.Duration))
	b = w.appendEndpoint(b, s.LocalEndpoint)
	b = w.appendEndpoint(b, s.RemoteEndpoint)
	b = binary.AppendUvarint(b, uint64(len(s.Annotations)))
	for i := range s.Annotations {
		b = binary.AppendUvarint(b, uint64(micros(s.Annotations[i].Timestamp)))
		b = w.appendString(b, s.Annotations[i].Value)
	}
	b = binary.AppendUvarint(b, uint64(len(s.Tags)))
	for key, value := range s.Tags {
		b = w.appendString(b, key)
		b = w.appendString(b, value)
	}
	return b
}

func (w *words) appendEndpoint(b []byte, e *model.Endpoint) []byte {
	if e.Empty() {
		return b
	}
	b = w.appendString(b, e.ServiceName)
	b = append(binary.AppendUvarint(b, uint64(len(e.IPv4))), e.IPv4...)
	b = append(binary.AppendUvarint(b, uint64(len(e.IPv6))), e.IPv6...)
	return binary.AppendUvarint(b, uint64(e.Port))
}

func flags(s *model.SpanModel) (f byte) {
	for flag, set := range [...]bool{s.ParentID != nil, s.Debug, s.Shared, !s.LocalEndpoint.Empty(), !s.RemoteEndpoint.Empty()} {
		if set {
			f |= 1 << flag
		}
	}
	return f
}

// micros returns a time in microseconds since 1970; 0 for one that is not known, or before.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(0, t.Add(time.Microsecond/2).UnixMicro())
}

// fromMicros is the reverse of micros.
func fromMicros(n int64) time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// duration returns microseconds; what took any time at all took one.
func duration(d time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	return uint64(max(1, (d+time.Microsecond/2)/time.Microsecond))
}
