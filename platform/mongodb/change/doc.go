// Package change changes several documents at once, all of them or none, with the messages that tell of it: without
// transactions, on any MongoDB.
//
// It is for what happens now and then, like the rename of a location with all of its events: a change costs a handful of
// writes. What has to be fast is better decided by one document (see services/booking/mongodb).
//
// The documents have a Head. A change is a document too, and its state decides:
//
//	1 write the change down: pending, with its messages
//	2 lock each document that it writes, at the version it was read at, and lay its next body beside the present one;
//	  a guarded document, which must only stay as it is, takes the change as a guest instead
//	3 pending -> committed, in one update                       <- here it has happened
//	4 append the messages to the log
//	5 put the next bodies in the place of the present ones, unlock, let the guests go
//	6 remove the change
//
// Locks make the order: a document is not changed again before the messages of the last change are in the log. Whoever
// meets the lock of another change looks that one up, and waits for it a moment. It finishes a committed one itself, step 4
// to 6, which can be repeated by anybody; a pending one that does not get on it aborts, in one update too, so that the
// change which was aborted finds out at step 3. So of two that hold what the other wants one gives way.
//
//	crash before 1  nothing
//	between 1 and 3 the change never happened; locks and the next bodies are taken away by whoever meets them, or by the
//	                next look around
//	after 3         the change has happened; whoever meets it finishes it, at the latest when a store is opened or by the
//	                look around of an instance that lives (see platform/outbox/mongodb)
//
// A reader needs to know nothing of this but that a document of version 0 is not there. What was answered is there to be
// read. Of a change that is between 3 and 5 a reader may see a part: the writes become visible in the order in which the
// change has them, so a document that leads to another is written behind that one.
package change
