package httpapi

import (
	"bytes"
	"context"
	"net/http"

	"github.com/myevents/myevents/services/booking"
)

const (
	maxEventID = 100
	maxDigits  = 9 // of a plain number of seats: it fits an int of any size
)

type createRequest struct {
	EventID string `path:"id" maxLength:"100" doc:"Id of the event"`
	Key     string `header:"Idempotency-Key" doc:"Required: a value of your own, unique for each booking, at most 255 bytes" example:"3f1c"`
	Body    struct {
		Seats int `json:"seats" doc:"From 1 to 100" example:"2"`
	}
}

func (h *handlers) create(ctx context.Context, in *createRequest) (*answer, error) {
	return reply(h.service.Book(ctx, booking.Order{
		UserID: caller(ctx), Key: in.Key, EventID: in.EventID, Seats: in.Body.Seats, Trace: h.trace(ctx),
	}))
}

// ReadPlain implements httpserver.PlainInput for the body {"seats": n}.
func (in *createRequest) ReadPlain(r *http.Request, body []byte) bool {
	in.EventID, in.Key = r.PathValue("id"), r.Header.Get("Idempotency-Key")
	if r.URL.RawQuery != "" || r.Header.Get("Content-Type") != "application/json" || in.EventID == "" || len(in.EventID) > maxEventID {
		return false
	}
	var plain bool
	in.Body.Seats, plain = readSeats(body)
	return plain
}

// readSeats returns n of {"seats": n}, with blanks wherever JSON allows them.
func readSeats(body []byte) (n int, plain bool) {
	const blanks = " \t\r\n"
	for _, token := range []string{"{", `"seats"`, ":"} {
		var found bool
		if body, found = bytes.CutPrefix(bytes.TrimLeft(body, blanks), []byte(token)); !found {
			return 0, false
		}
	}
	digits, closed := bytes.CutSuffix(bytes.TrimRight(body, blanks), []byte("}"))
	digits = bytes.Trim(digits, blanks)
	if !closed || len(digits) == 0 || len(digits) > maxDigits || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + int(d-'0')
	}
	return n, true
}
