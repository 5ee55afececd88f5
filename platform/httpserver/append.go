package httpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// AppendString appends s as a JSON string, as encoding/json encodes it without escaping for HTML.
func AppendString(to []byte, s string) []byte {
	if !needsEscaping(s) {
		to = append(to, '"')
		to = append(to, s...)
		return append(to, '"')
	}
	var escaped bytes.Buffer
	encoder := json.NewEncoder(&escaped)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string cannot fail
	return append(to, bytes.TrimSuffix(escaped.Bytes(), []byte{'\n'})...)
}

func needsEscaping(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '"' || c == '\\':
			return true
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return !ascii && (!utf8.ValidString(s) || strings.ContainsAny(s, "\u2028\u2029"))
}

// AppendTime appends t as a JSON string, as encoding/json encodes it. It panics on a year that RFC 3339 cannot write.
func AppendTime(to []byte, t time.Time) []byte {
	to, err := t.AppendText(append(to, '"'))
	if err != nil {
		panic(fmt.Errorf("encode a time: %w", err))
	}
	return append(to, '"')
}
