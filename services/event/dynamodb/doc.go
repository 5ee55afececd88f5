// Package dynamodb keeps locations, events and the messages about them in two DynamoDB tables: "event", and the outbox in
// "event-outbox".
//
//	partition      sort        item
//	locations      LOCATION    a location
//	event#EVENT    event       an event
//	events         START#EVENT that there is an event
//	at#LOCATION    START#EVENT that there is an event at the location
//	changes        CHANGE      that there is a large change
//	change#CHANGE  PART        a part of it
//	letters        ID          a dead letter
//
// There is no index: lists of events are read from "events" or "at#", which hold them in order, and then by their keys. So a
// list shows what was committed before, and a filter costs the reading of those that it leaves out.
//
// # Commits
//
// A change is one TransactWriteItems. It counts up the revision of every location that it touches or holds an event at, on
// the condition that this is as it was read a moment before, and is made anew where it is not: the events of a location come
// in one after the other, and their messages are told in that order (see platform/outbox/dynamodb). Seats are written by
// themselves, as thousands of bookings a second want; a change that has read older ones is made anew, too.
//
// # Large changes
//
// A transaction has at most 100 items, and a location that gets another name may have more events to come. Its change is
// written down in parts first, which nobody looks at. The one transaction that decides then changes the location and marks
// it with the change. From here on it is a fact: whoever comes to the location next, to commit or to look, finishes what the
// first one left, part by part, each of them a transaction that removes the part with what it does. What was written down
// and never decided is removed by the next process that opens the store, after a while.
package dynamodb
