package forward

import (
	"net/http"
	"net/textproto"
	"strings"
)

// endToEnd copies to dst the headers of src that are meant for the other end, leaving out those that belong to one
// connection (RFC 9110, section 7.6.1). The value slices are shared, not copied: nobody appends to a received header.
func endToEnd(dst, src http.Header) {
	for name, values := range src {
		if hopByHop(name) {
			continue
		}
		if present := dst[name]; present != nil {
			values = append(present[:len(present):len(present)], values...)
		}
		dst[name] = values
	}
	for _, list := range src["Connection"] {
		deleteNamed(dst, list)
	}
}

// stripConnection removes from a header what belongs to one connection.
func stripConnection(h http.Header) {
	for _, list := range h["Connection"] {
		deleteNamed(h, list)
	}
	for name := range h {
		if hopByHop(name) {
			delete(h, name)
		}
	}
}

// deleteNamed removes the headers that a Connection header lists.
func deleteNamed(h http.Header, list string) {
	for name := range strings.SplitSeq(list, ",") {
		delete(h, textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)))
	}
}

// hopByHop reports whether the header is about one connection. Expect is among them because the server has answered it.
func hopByHop(name string) bool {
	switch name {
	case "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect":
		return true
	default:
		return false
	}
}
