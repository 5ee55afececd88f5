// Package ids makes identifiers: opaque, unique without a coordinator, and sortable by the time they were made.
package ids

import "github.com/google/uuid"

// New returns a UUID of version 7 (RFC 9562): later ids sort after earlier ones, within one process even inside the
// same millisecond. It panics where the operating system has no randomness to give.
func New() string { return uuid.Must(uuid.NewV7()).String() }
