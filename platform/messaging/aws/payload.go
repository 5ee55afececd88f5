package aws

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// attributeEncoding says how a payload travels as text where it is not text itself.
const (
	attributeEncoding = "encoding"
	encodingBase64    = "base64"
	markBase64        = "base64,"
)

// isText reports whether SNS and SQS take a payload as it is. Documents are: JSON has its control characters escaped.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func isText(payload []byte) bool {
	for len(payload) > 0 {
		r, size := utf8.DecodeRune(payload)
		switch {
		case r == utf8.RuneError && size == 1, r == 0xFFFE, r == 0xFFFF:
			return false
		case r < ' ' && r != '\t' && r != '\n' && r != '\r':
			return false
		}
		payload = payload[size:]
	}
	return len(payload) == 0
}

// encode returns the text that stands for a payload, and its encoding; none for a payload that is text. No text is empty:
// SNS would refuse it.
func encode(payload []byte) (text, encoding string) {
	if len(payload) > 0 && isText(payload) {
		return string(payload), ""
	}
	return markBase64 + base64.StdEncoding.EncodeToString(payload), encodingBase64
}

// decode returns what encode was given. What is not encoded as it says comes as it is: the consumer will see that it is no
// document, and park it.
func decode(text, encoding string) []byte {
	if encoding == encodingBase64 {
		if payload, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, markBase64)); err == nil {
			return payload
		}
	}
	return []byte(text)
}
