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
}

// Key returns what the document is stored under. Keys sort by kind, then by id.
func (d Document) Key() string { return string(d.Kind) + "/" + d.ID }

// EventDocument returns the document of an event.
func EventDocument(e contracts.Event) Document {
	return Document{Kind: KindEvent, ID: e.ID, Version: e.Version, Event: &e}
}

// BookingDocument returns the document of a booking.
func BookingDocument(b contracts.Booking) Document {
	return Document{Kind: KindBooking, ID: b.ID, Version: b.Version, Booking: &b}
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
		var event contracts.Event
		err = json.Unmarshal(e.Data, &event)
		d = EventDocument(event)
	case contracts.BookingConfirmed, contracts.BookingCancelled:
		var booking contracts.Booking
		err = json.Unmarshal(e.Data, &booking)
		d = BookingDocument(booking)
	default:
		return Document{}, false, nil
	}
	if err == nil {
		err = d.check()
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
