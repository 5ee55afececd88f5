package outbox

import "time"

// saveEvery bounds how often the cursor is saved: a save is a commit, and being late costs only duplicates after a crash.
const saveEvery = time.Second

// cursor decides when which position is safe to save. It notes the acknowledged position once every saveEvery, and gives
// it out when the broker has had the lag to make it durable.
type cursor struct {
	lag   time.Duration
	saved int64
	marks []mark // oldest first
}

type mark struct {
	seq int64
	at  time.Time // everything up to seq was acknowledged before
}

// advance notes the position, if it is time to (at the end it always is), and returns the newest one that is safe by now;
// due is false where that one is saved already.
func (c *cursor) advance(position int64, now time.Time, end bool) (seq int64, due bool) {
	noted := mark{seq: c.saved}
	if n := len(c.marks); n > 0 {
		noted = c.marks[n-1]
	}
	if position > noted.seq && (end || now.Sub(noted.at) >= saveEvery) {
		c.marks = append(c.marks, mark{seq: position, at: now})
	}
	safe := 0
	for safe < len(c.marks) && now.Sub(c.marks[safe].at) >= c.lag {
		seq = c.marks[safe].seq
		safe++
	}
	// The newest mark stays, as the time of the last note.
	c.marks = c.marks[max(0, min(safe, len(c.marks)-1)):]
	return seq, seq > c.saved
}
