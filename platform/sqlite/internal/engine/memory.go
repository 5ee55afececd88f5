package engine

import (
	"unsafe"

	sqlite3 "modernc.org/sqlite/lib"
)

// memory is a block of C's memory. SQLite keeps the addresses of what it is given, and whatever lies in C's memory stays
// where it is; the garbage collector does not know of it.
type memory struct {
	address uintptr
	bytes   []byte // the same block
}

var errNoMemory = &Error{Code: sqlite3.SQLITE_NOMEM, Text: "out of memory"}

// allocate returns a block of at least one byte, with nothing in particular in it.
func (c *Conn) allocate(size int) (memory, error) {
	size = max(1, size)
	address := sqlite3.Xsqlite3_malloc64(c.tls, uint64(size))
	if address == 0 {
		return memory{}, errNoMemory
	}
	return memory{address: address, bytes: view(address, size)}, nil
}

// free gives the block back; the zero value is none.
func (c *Conn) free(m memory) { sqlite3.Xsqlite3_free(c.tls, m.address) }

// view returns the bytes at an address of C's memory, for as long as they are there.
func view(address uintptr, size int) []byte {
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&address))), size) //nolint:gosec // the one place for it
}

// put copies a text to the beginning of the block, and returns its address and the rest of the block.
func put[T string | []byte](m memory, text T) (address uintptr, rest memory) {
	n := copy(m.bytes, text)
	return m.address, memory{address: m.address + uintptr(n), bytes: m.bytes[n:]}
}
