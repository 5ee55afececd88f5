package telemetry

import "net/http"

// headers lets propagators read and write a header. Their names are in lower case, and http.Header would make a string of
// each of them, for each request.
type headers http.Header

// Get implements propagation.TextMapCarrier.
func (h headers) Get(key string) string {
	if values := h[canonical(key)]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Values implements propagation.ValuesGetter.
func (h headers) Values(key string) []string { return h[canonical(key)] }

// Set implements propagation.TextMapCarrier.
func (h headers) Set(key, value string) { h[canonical(key)] = []string{value} }

// Keys implements propagation.TextMapCarrier.
func (h headers) Keys() []string {
	keys := make([]string, 0, len(h))
	for key := range h {
		keys = append(keys, key)
	}
	return keys
}

func canonical(key string) string {
	switch key {
	case "traceparent":
		return "Traceparent"
	case "tracestate":
		return "Tracestate"
	case "baggage":
		return "Baggage"
	case "b3":
		return "B3"
	case "x-b3-traceid":
		return "X-B3-Traceid"
	case "x-b3-spanid":
		return "X-B3-Spanid"
	case "x-b3-sampled":
		return "X-B3-Sampled"
	case "x-b3-flags":
		return "X-B3-Flags"
	default:
		return http.CanonicalHeaderKey(key)
	}
}
