// Package mongodb keeps bookings in a MongoDB database, without transactions over several documents: it runs on a single
// server as well as on a replica set or behind a balancer, and any number of instances may share the database.
//
// # Who decides
//
// An event's inventory is one document, and it alone decides: an order is confirmed or rejected, a booking is cancelled,
// in one update that is conditional on the document's revision. The update takes the seats and carries what it has
// decided along: the bookings and their messages, under the new revision. What other documents have to say of it follows.
//
//	       bookings                       inventories                     outbox
//	       ────────                       ───────────                     ──────
//	1 claim {user, key} ────────┐
//	  (unique)                  │
//	                            └─▶ 2 if revision = r:
//	                                  seats_taken, version, revision r+1
//	                                  + bookings and messages of r+1
//	3 settle: booking ◀───────────────────┤
//	  ── here the caller is answered ──   │
//	                                      └──────────────────────────▶ 4 append messages
//	                                  5 take them out ◀───────────────────┘
//
// A claim is a booking of version 0, which nobody is shown. It ties the user's idempotency key to one order, across all
// events and instances, before anything is decided. Several orders and cancellations for one event that wait at the same
// time take each step together: a hot event costs one read and three writes a batch.
//
// # Why each order is decided once
//
// Everything that an inventory has decided up to the revision r is settled before anybody decides on top of r: whoever
// reads the document settles what it carries first. So whoever then finds a claim still undecided knows that no revision
// up to r has decided it; and if a later one does, the update at r fails, and all is read again. This holds for whoever
// made the claim and for whoever finds it: a repetition of the order goes on with a claim that was left, at once and
// without asking whether its maker lives. Cancellations are decided in the same way.
//
// # What a crash leaves
//
//	before 1        nothing.
//	between 1 and 2 a claim. No seats are taken and there is no booking. Repeating the order goes on with it; another
//	                order under the key is refused, as under any key that was used.
//	between 2 and 3 seats taken, and their bookings in the inventory. The next instance that reads the inventory, or
//	                moves its messages, settles them.
//	between 3 and 4 whole bookings, whose messages have not been moved yet; the next move does that.
//	between 4 and 5 messages that are moved again, and found to be in the log.
//
// Recover, called at start, settles and moves all there is; each instance looks for what another has left once a second
// (see platform/outbox/mongodb). Each step can be repeated by anybody at any time: 1 and 4 insert under unique keys, 2
// compares revisions, 3 only replaces a booking's lower version, 5 removes what is named by its revision.
//
// An update whose answer is lost counts as a crash between 2 and 3. One that reaches the server late fails, since whoever
// has read the inventory meanwhile decides on top of a revision that the late one does not know.
//
// # Audit
//
// Each booking says which version of the inventory took its seats, and which gave them back. So the seats that bookings
// account for at a version can be summed up while later ones are being sold.
package mongodb
