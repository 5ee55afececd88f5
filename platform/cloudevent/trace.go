package cloudevent

import "bytes"

const (
	versionPrefix = `{"specversion":"1.0",`
	tracePrefix   = versionPrefix + `"traceparent":"`
)

// SetTrace returns the document that Encode made, with its traceparent replaced by the given one, or with that one
// inserted where there was none. It does not decode the document: the relay calls it for every message.
//
// A traceparent of the old one's length, which is every valid one, is written into payload itself without an
// allocation, so the caller must own payload; otherwise the result is a copy. The payload comes back unchanged if it
// does not begin like one of Encode's documents, if traceparent is empty or not made of lower-case hexadecimal digits
// and dashes, or if the result would exceed MaxSize: a lost trace is cheaper than a message no broker accepts.
func SetTrace(payload []byte, traceparent string) []byte {
	if !isTraceparent(traceparent) {
		return payload
	}
	if bytes.HasPrefix(payload, []byte(tracePrefix)) {
		return replaceTrace(payload, traceparent)
	}
	if bytes.HasPrefix(payload, []byte(versionPrefix)) {
		return splice(payload, len(versionPrefix), len(versionPrefix), `"traceparent":"`+traceparent+`",`)
	}
	return payload
}

func replaceTrace(payload []byte, traceparent string) []byte {
	start := len(tracePrefix)
	length := stringLength(payload[start:])
	if length < 0 {
		return payload
	}
	if length == len(traceparent) {
		copy(payload[start:], traceparent)
		return payload
	}
	return splice(payload, start, start+length, traceparent)
}

// splice returns a copy of payload with payload[from:to] replaced by text; payload itself where the copy would be too large.
func splice(payload []byte, from, to int, text string) []byte {
	size := len(payload) - (to - from) + len(text)
	if size > MaxSize {
		return payload
	}
	spliced := make([]byte, 0, size)
	spliced = append(spliced, payload[:from]...)
	spliced = append(spliced, text...)
	return append(spliced, payload[to:]...)
}

// stringLength returns the length of the encoded JSON string that text begins with, up to its closing quote; -1 without one.
func stringLength(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

// isTraceparent accepts what needs no escaping in JSON; whoever reads the header checks the rest of its form.
func isTraceparent(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}
