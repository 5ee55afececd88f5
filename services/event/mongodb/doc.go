// Package mongodb keeps locations, events and the messages about them in a MongoDB database, without transactions; any
// number of instances may share it.
//
// A use case's change goes through platform/mongodb/change: a location and its events are written together, and an event
// guards the location it was checked against. Seats, which the booking service announces thousands of times, are fields
// beside the body of an event, and are written by themselves.
//
//	collection  document
//	locations   a location
//	events      an event; its seats beside it
//	changes     a change on its way
package mongodb
