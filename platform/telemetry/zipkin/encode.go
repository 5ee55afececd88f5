package zipkin

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openzipkin/zipkin-go/model"
)

// AppendJSON appends a span to a buffer in the JSON of Zipkin's v2 API. It means the same as what zipkin-go's own
// MarshalJSON writes, byte order aside, and needs neither reflection nor, in a large enough buffer, memory. A span that
// Zipkin would refuse leaves the buffer as it was: the error is then one of the model's (ErrValidTimestampRequired and
// its like), or names an address that is no IP address.
func AppendJSON(to []byte, s *model.SpanModel) ([]byte, error) {
	b, err := appendHead(to, s)
	if err != nil {
		return to, err
	}
	return appendTail(appendTagMap(b, s.Tags), s), nil
}

// appendHead appends what comes before the tags.
func appendHead(to []byte, s *model.SpanModel) ([]byte, error) {
	timestamp, duration, err := times(s)
	if err != nil {
		return to, err
	}
	b := append(to, `{"traceId":"`...)
	if s.TraceID.High != 0 {
		b = appendHex(b, s.TraceID.High)
	}
	b = append(appendHex(b, s.TraceID.Low), `","id":"`...)
	b = append(appendHex(b, uint64(s.ID)), '"')
	if s.ParentID != nil {
		b = append(appendHex(append(b, `,"parentId":"`...), uint64(*s.ParentID)), '"')
	}
	if s.Name != "" {
		b = appendLower(append(b, `,"name":`...), s.Name)
	}
	if s.Kind != model.Undetermined {
		b = appendString(append(b, `,"kind":`...), string(s.Kind))
	}
	if timestamp != 0 {
		b = strconv.AppendInt(append(b, `,"timestamp":`...), timestamp, 10)
	}
	if duration != 0 {
		b = strconv.AppendInt(append(b, `,"duration":`...), duration, 10)
	}
	if b, err = appendEndpoint(b, `,"localEndpoint":{`, s.LocalEndpoint); err != nil {
		return to, err
	}
	if b, err = appendEndpoint(b, `,"remoteEndpoint":{`, s.RemoteEndpoint); err != nil {
		return to, err
	}
	return appendNotes(b, s.Annotations), nil
}

// appendTail appends what comes behind the tags.
func appendTail(b []byte, s *model.SpanModel) []byte {
	if s.Debug {
		b = append(b, `,"debug":true`...)
	}
	if s.Shared {
		b = append(b, `,"shared":true`...)
	}
	return append(b, '}')
}

// times returns when a span began and how long it took, in microseconds, rounded to the nearest as zipkin-go does; 0
// stands for unknown.
func times(s *model.SpanModel) (timestamp, duration int64, err error) {
	switch {
	case s.Timestamp.IsZero():
	case s.Timestamp.Unix() < 1:
		return 0, 0, model.ErrValidTimestampRequired
	default:
		timestamp = microseconds(s.Timestamp)
	}
	switch {
	case s.Duration < 0:
		return 0, 0, model.ErrValidDurationRequired
	case s.Duration == 0:
		return timestamp, 0, nil
	case s.Duration < time.Microsecond:
		return timestamp, 1, nil
	default:
		return timestamp, (s.Duration + 500*time.Nanosecond).Nanoseconds() / 1e3, nil
	}
}

func microseconds(t time.Time) int64 { return t.Round(time.Microsecond).UnixNano() / 1e3 }

// appendEndpoint appends a member with an endpoint, and nothing for an empty one.
func appendEndpoint(b []byte, member string, e *model.Endpoint) ([]byte, error) {
	if e.Empty() {
		return b, nil
	}
	b = append(b, member...)
	inner := len(b)
	if e.ServiceName != "" {
		b = appendLower(append(b, `,"serviceName":`...), e.ServiceName)
	}
	b, err := appendIP(b, `,"ipv4":"`, e.IPv4)
	if err != nil {
		return b, err
	}
	if b, err = appendIP(b, `,"ipv6":"`, e.IPv6); err != nil {
		return b, err
	}
	if e.Port != 0 {
		b = strconv.AppendUint(append(b, `,"port":`...), uint64(e.Port), 10)
	}
	b = append(b[:inner], b[inner+1:]...) // whichever member came first needs no comma
	return append(b, '}'), nil
}

func appendIP(b []byte, member string, ip net.IP) ([]byte, error) {
	if len(ip) == 0 {
		return b, nil
	}
	addr, ok := netip.AddrFromSlice(ip)
	if !ok {
		return b, fmt.Errorf("an IP address of %d bytes", len(ip))
	}
	return append(addr.Unmap().AppendTo(append(b, member...)), '"'), nil
}

func appendNotes(b []byte, notes []model.Annotation) []byte {
	if len(notes) == 0 {
		return b
	}
	b = append(b, `,"annotations":[`...)
	for i := range notes {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"timestamp":`...), microseconds(notes[i].Timestamp), 10)
		b = append(appendString(append(b, `,"value":`...), notes[i].Value), '}')
	}
	return append(b, ']')
}

func appendTagMap(b []byte, tags map[string]string) []byte {
	if len(tags) == 0 {
		return b
	}
	b = append(b, `,"tags":{`...)
	for key, value := range tags {
		b = appendTag(b, key, value)
	}
	b[len(b)-1] = '}' // in place of the last comma
	return b
}

func appendTags(b []byte, tags tags) []byte {
	if len(tags) == 0 {
		return b
	}
	b = append(b, `,"tags":{`...)
	for i := range tags {
		b = appendTag(b, tags[i].key, tags[i].value)
	}
	b[len(b)-1] = '}' // in place of the last comma
	return b
}

// appendTag leaves a comma at the end.
func appendTag(b []byte, key, value string) []byte {
	b = append(appendString(b, key), ':')
	return append(appendString(b, value), ',')
}

const hexDigits = "0123456789abcdef"

// appendHex appends all 16 digits.
func appendHex(b []byte, n uint64) []byte {
	var digits [16]byte
	for i := range digits {
		digits[i] = hexDigits[n>>(60-4*i)&0xf]
	}
	return append(b, digits[:]...)
}

// appendLower appends text in lower case. ASCII is lowered where it has been written, which leaves the escapes alone:
// they are in lower case already.
func appendLower(b []byte, text string) []byte {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return appendString(b, strings.ToLower(text))
		}
	}
	start := len(b)
	b = appendString(b, text)
	for i := start; i < len(b); i++ {
		if c := b[i]; 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}

// appendString appends text as a JSON string. As in encoding/json each byte that is no UTF-8 becomes U+FFFD.
func appendString(b []byte, text string) []byte {
	b = append(b, '"')
	plain := 0 // from here to i nothing needs another form
	for i := 0; i < len(text); {
		if end := min(i+8, len(text)); end >= 8 && plain8(text[end-8:end]) {
			i = end
			continue
		}
		c := text[i]
		if ' ' <= c && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(text[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		b = appendEscape(append(b, text[plain:i]...), c)
		i += size
		plain = i
	}
	return append(append(b, text[plain:]...), '"')
}

// plain8 reports whether 8 bytes can stand in a JSON string as they are: none is a control character, a quote, a
// backslash or beyond ASCII. It looks at all of them at once, in the lanes of one word.
func plain8(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	quote, backslash := w^(ones*'"'), w^(ones*'\\')
	return (w|(w-ones*' ')|(quote-ones)|(backslash-ones))&tops == 0
}

func appendEscape(b []byte, c byte) []byte {
	switch {
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, `\n`...)
	case c < ' ':
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
	default:
		return append(b, "\ufffd"...)
	}
}
