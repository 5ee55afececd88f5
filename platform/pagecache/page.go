package pagecache

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/platform/httpserver"
)

// page is an encoded answer. Only used changes after it is made: bodies and headers are handed out without a copy.
type page struct {
	made           time.Time
	changed, moved uint64
	used           atomic.Int64 // Unix nanoseconds of the last hit

	etag       string
	validators http.Header // of a 304
	header     http.Header // of a 200, validators included
	body       []byte
}

func newPage(header http.Header, body []byte, f *flight) *page {
	sum := sha256.Sum256(body)
	p := &page{
		made: f.made, changed: f.changed, moved: f.moved,
		etag: `"` + hex.EncodeToString(sum[:16]) + `"`, header: header, body: body,
	}
	p.used.Store(f.made.UnixNano())
	// no-cache: keep it, but ask before every use. With the ETag that costs next to nothing, and nobody sees old seats.
	p.validators = http.Header{"Etag": {p.etag}, "Cache-Control": {"no-cache"}}
	for name, values := range p.validators {
		header[name] = values
	}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	return p
}

// answer sends the page, or says that the client has it.
func (p *page) answer(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if matches(r.Header["If-None-Match"], p.etag) {
		for name, values := range p.validators {
			header[name] = values
		}
		w.WriteHeader(http.StatusNotModified)
		return
	}
	for name, values := range p.header {
		header[name] = values
	}
	_, _ = httpserver.WriteShared(w, p.body) // fails only where the client has gone
}

// matches compares as RFC 9110 says for If-None-Match: weakly, with any tag of a list, and with "*".
func matches(conditions []string, etag string) bool {
	for _, condition := range conditions {
		if condition == etag {
			return true
		}
		for tag := range strings.SplitSeq(condition, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}
