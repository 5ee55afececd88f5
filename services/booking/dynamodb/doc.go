// Package dynamodb keeps bookings in two DynamoDB tables: "booking", and the outbox in "booking-outbox".
//
//	partition     sort            item
//	user#USER     booking#ID      a booking
//	user#USER     key#KEY         which booking was made under an idempotency key
//	event#EVENT   inventory       the event's seats and the copy of the event
//	inventories   EVENT           that there is an inventory
//	letters       ID              a dead letter
//
// There is no index: everything is found by its key, and so is read as it was committed.
//
// # One transaction a decision
//
// An order is decided against its event's inventory as it was read. One TransactWriteItems then puts the key, if there is
// none, the booking, the message, and the inventory, if its revision is still the one that was read. Every transaction
// counts the revision up, rejections too, so that all that is ever decided of an event happened one after the other,
// whichever process decided it, and the messages tell of it in that order: a message's row in the outbox is to come behind
// the row of the decision before (see platform/outbox/dynamodb).
//
// What the transaction finds instead says what to do: a key, then the booking made under it is the answer; another
// revision, which comes with the refusal, then the order is decided again; another transaction under way, then the same
// is sent again after a pause with jitter. All within a few seconds, and after that it is the caller's turn to try again,
// under the same key.
//
// # Hot events
//
// An item takes one transaction after the other, so an event that everybody wants would sell as many bookings a second as
// transactions fit into one, less what is lost to the races for it. Therefore the orders that come in while a transaction
// of their event is under way wait for it, and go together into the next: up to 48 of them, as many as the service's limit
// of 100 items allows. The queue is no part of what is right or wrong: several processes race for an event as single orders
// would, and a process that dies takes along only what nobody was told of.
//
// # Audit
//
// A booking remembers the versions of the inventory that took its seats and gave them back. So an audit needs no moment at
// which nobody sells: it reads the inventories and then the bookings, and counts those of the versions it has seen.
package dynamodb
