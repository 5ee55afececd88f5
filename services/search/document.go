package search

import (
	"encoding/json"
	"fmt"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

// Kind says what a document describes.
type Kind string

// The kinds of documents.
const (
	KindEvent   Kind = "event"
	KindBooking Kind = "booking"
)

// Document is what the index keeps of one event or one booking: its whole state in one version.
type Document struct {
	Kind    Kind
	ID      string
	Version int64
	Event   *contracts.Event   // set where Kind is KindEvent
	Booking *contracts.Booking // set where Kind is KindBooking
	Data    json.RawMessage    // the event or booking as it was published: what an index stores
}

// Key returns what the document is stored under. Keys sort by kind, then by id.
func (d Document) Key() string { return string(d.Kind) + "/" + d.ID }

// EventDocument returns the document of the event that data is the JSON of.
func EventDocument(data []byte) (Document, error) {
	var e contracts.Event
	if err := json.Unmarshal(data, &e); err != nil {
		return Document{}, err
	}
	d := Document{Kind: KindEvent, ID: e.ID, Version: e.Version, Event: &e, Data: data}
	return d, d.check()
}

// BookingDocument returns the document of the booking that data is the JSON of.
func BookingDocument(data []byte) (Document, error) {
	b, err := contracts.DecodeBooking(data)
	if err != nil {
		return Document{}, err
	}
	d := Document{Kind: KindBooking, ID: b.ID, Version: b.Version, Booking: &b, Data: data}
	return d, d.check()
}

// MessageTypes returns the types of the messages that become documents, by topic.
func MessageTypes() map[string][]string {
	return map[string][]string{
		contracts.TopicEvent: {contracts.EventCreated, contracts.EventChanged, contracts.EventCancelled},
		// A rejected booking is nothing a user has, so nobody looks for it.
		contracts.TopicBooking: {contracts.BookingConfirmed, contracts.BookingCancelled},
	}
}

// FromMessage returns the document of a message; ok is false for a message the index has no use for. It fails with an
// Invalid fault where the message's data can never become a document.
func FromMessage(e cloudevent.Event) (d Document, ok bool, err error) {
	switch e.Type {
	case contracts.EventCreated, contracts.EventChanged, contracts.EventCancelled:
		d, err = EventDocument(e.Data)
	case contracts.BookingConfirmed, contracts.BookingCancelled:
		d, err = BookingDocument(e.Data)
	default:
		return Document{}, false, nil
	}
	if err != nil {
		return Document{}, false, fault.New(fault.Invalid, "invalid-message",
			fmt.Sprintf("The data of message %s of type %s is not a document.", e.ID, e.Type)).WithCause(err)
	}
	return d, true, nil
}

func (d Document) check() error {
	switch {
	case d.ID == "":
		return fmt.Errorf("id is missing")
	case d.Version < 1:
		return fmt.Errorf("version is %d, must be 1 or more", d.Version)
	case d.Booking != nil && d.Booking.UserID == "":
		return fmt.Errorf("user_id is missing") // nobody could ever find it, and an empty owner must never match
	default:
		return nil
	}
}
