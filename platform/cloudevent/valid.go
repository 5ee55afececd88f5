package cloudevent

// valid reports whether p is one JSON value, as json.Valid does, in a fraction of its time: every message is looked at once
// by each of its consumers. It looks for what a service writes, and may report false for what is unusual: blanks between
// values, escapes by number, and values nested deeper than any of ours.
func valid(p []byte) bool {
	rest, ok := skipValue(p, maxDepth)
	return ok && len(rest) == 0
}

const maxDepth = 16

// skipValue returns what follows the value that p begins with.
func skipValue(p []byte, depth int) (rest []byte, ok bool) {
	if len(p) == 0 || depth == 0 {
		return nil, false
	}
	switch p[0] {
	case '"':
		return skipString(p[1:])
	case '{':
		return skipMembers(p[1:], '}', depth)
	case '[':
		return skipMembers(p[1:], ']', depth)
	case 't':
		return skipWord(p, "true")
	case 'f':
		return skipWord(p, "false")
	case 'n':
		return skipWord(p, "null")
	default:
		return skipNumber(p)
	}
}

// skipMembers skips the rest of an object, whose members have names, or of an array.
func skipMembers(p []byte, end byte, depth int) (rest []byte, ok bool) {
	if len(p) > 0 && p[0] == end {
		return p[1:], true
	}
	for {
		if end == '}' {
			if p, ok = skipName(p); !ok {
				return nil, false
			}
		}
		if p, ok = skipValue(p, depth-1); !ok || len(p) == 0 {
			return nil, false
		}
		separator := p[0]
		p = p[1:]
		switch separator {
		case end:
			return p, true
		case ',':
		default:
			return nil, false
		}
	}
}

func skipName(p []byte) (rest []byte, ok bool) {
	if len(p) == 0 || p[0] != '"' {
		return nil, false
	}
	if p, ok = skipString(p[1:]); !ok || len(p) == 0 || p[0] != ':' {
		return nil, false
	}
	return p[1:], true
}

// skipString begins behind the opening quote.
func skipString(p []byte) (rest []byte, ok bool) {
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '"':
			return p[i+1:], true
		case c < ' ':
			return nil, false
		case c == '\\':
			if i++; i == len(p) || !simpleEscape(p[i]) {
				return nil, false
			}
		}
	}
	return nil, false
}

func simpleEscape(c byte) bool {
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	default:
		return false
	}
}

func skipWord(p []byte, word string) (rest []byte, ok bool) {
	if len(p) < len(word) || string(p[:len(word)]) != word {
		return nil, false
	}
	return p[len(word):], true
}

// skipNumber skips an integer or a decimal fraction.
func skipNumber(p []byte) (rest []byte, ok bool) {
	if len(p) > 0 && p[0] == '-' {
		p = p[1:]
	}
	whole := digits(p)
	if whole == 0 || whole > 1 && p[0] == '0' {
		return nil, false
	}
	p = p[whole:]
	if len(p) == 0 || p[0] != '.' {
		return p, true
	}
	fraction := digits(p[1:])
	return p[1+fraction:], fraction > 0
}

// digits returns how many digits p begins with.
func digits(p []byte) (n int) {
	for n < len(p) && p[n] >= '0' && p[n] <= '9' {
		n++
	}
	return n
}
