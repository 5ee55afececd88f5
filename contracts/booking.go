package contracts

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// DecodeBooking is json.Unmarshal for the data of a booking's message, of which there are more than of all others
// together. Data as json.Marshal writes it, with texts that need no escaping, is read without reflection, which costs a
// tenth; whatever else it is takes the general way, with the same result.
func DecodeBooking(data []byte) (Booking, error) {
	if b, ok := decodePlainBooking(string(data)); ok {
		return b, nil
	}
	var b Booking
	if err := json.Unmarshal(data, &b); err != nil {
		return Booking{}, fmt.Errorf("decode booking: %w", err)
	}
	return b, nil
}

// decodePlainBooking reads the fields in the order of type Booking. The texts in the result share data's memory.
func decodePlainBooking(data string) (b Booking, ok bool) {
	r := plainReader{rest: data}
	b.ID = r.text(`{"id":"`)
	b.Version = r.number(`,"version":`)
	b.EventID = r.text(`,"event_id":"`)
	b.EventName = r.text(`,"event_name":"`)
	b.StartsAt = r.time(`,"starts_at":"`)
	b.UserID = r.text(`,"user_id":"`)
	b.Seats = int(r.number(`,"seats":`))
	b.Status = r.text(`,"status":"`)
	if reason := `,"reason":"`; strings.HasPrefix(r.rest, reason) {
		b.Reason = r.text(reason)
	}
	b.CreatedAt = r.time(`,"created_at":"`)
	b.Inventory.Version = r.number(`,"inventory":{"version":`)
	b.Inventory.SeatsTaken = int(r.number(`,"seats_taken":`))
	return b, !r.failed && r.rest == "}}"
}

// plainReader walks through a document. After a mismatch it has failed, and nothing it returns means anything.
type plainReader struct {
	rest   string
	failed bool
}

func (r *plainReader) skip(part string) {
	rest, found := strings.CutPrefix(r.rest, part)
	r.rest, r.failed = rest, r.failed || !found
}

// text returns the string that begins behind the part. Escapes and what must not be in a JSON string are a mismatch.
func (r *plainReader) text(part string) string {
	r.skip(part)
	for i := range len(r.rest) {
		switch c := r.rest[i]; {
		case c == '"':
			text := r.rest[:i]
			r.rest = r.rest[i+1:]
			r.failed = r.failed || !utf8.ValidString(text)
			return text
		case c < ' ' || c == '\\':
			r.failed = true
			return ""
		}
	}
	r.failed = true
	return ""
}

func (r *plainReader) time(part string) time.Time {
	var t time.Time
	// Unlike time.Parse, it is as strict as encoding/json.
	if err := t.UnmarshalText([]byte(r.text(part))); err != nil {
		r.failed = true
	}
	return t
}

// number returns the integer that begins behind the part. Fractions, exponents and leading zeros are a mismatch.
func (r *plainReader) number(part string) int64 {
	r.skip(part)
	digits := strings.TrimPrefix(r.rest, "-")
	length := len(r.rest) - len(digits)
	for length < len(r.rest) && '0' <= r.rest[length] && r.rest[length] <= '9' {
		length++
	}
	n, err := strconv.ParseInt(r.rest[:length], 10, strconv.IntSize) // wider ones are left to encoding/json
	if err != nil || len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9' {
		r.failed = true
	}
	r.rest = r.rest[length:]
	return n
}
