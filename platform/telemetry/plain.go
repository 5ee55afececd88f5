package telemetry

import "strings"

// Whoever sends a request chooses its path and the ids in it. What could be an e-mail address, a token or a whole document
// must not get from there into logs and spans.
const (
	maxID       = 64  // bytes
	maxPath     = 256 // bytes
	unspeakable = "***"
)

// plainID returns the id, or *** for what is none of ours.
func plainID(id string) string {
	if len(id) > maxID || strings.IndexFunc(id, notOfAnID) >= 0 {
		return unspeakable
	}
	return id
}

func notOfAnID(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
}

// plainPath returns the path with *** for each segment that is no id; *** alone for one that is too long.
func plainPath(path string) string {
	if len(path) > maxPath {
		return unspeakable
	}
	if isPlainPath(path) {
		return path
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = plainID(s)
	}
	return strings.Join(segments, "/")
}

// isPlainPath is apart so that ordinary paths, which is nearly all of them, cost one look at each byte.
func isPlainPath(path string) bool {
	segment := 0
	for _, c := range path {
		switch {
		case c == '/':
			segment = 0
		case segment == maxID || notOfAnID(c):
			return false
		default:
			segment++
		}
	}
	return true
}
