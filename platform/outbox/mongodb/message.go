package mongodb

import (
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/platform/cloudevent"
)

// Message is a message in the document of the aggregate that it tells of, on its way to the log.
type Message struct {
	ID       string `bson:"id"` // of the CloudEvent; the log takes it once
	Topic    string `bson:"topic"`
	Time     int64  `bson:"time"` // unix microseconds
	Document []byte `bson:"document"`
	// State is the service's own: what its Settle needs to finish in other documents what this message tells of.
	State bson.Raw `bson:"state,omitempty"`
}

// NewMessage encodes the event. It refuses a document larger than brokers take.
func NewMessage(topic string, e cloudevent.Event) (Message, error) {
	document, err := e.Encode()
	if err != nil {
		return Message{}, err
	}
	return Encoded(topic, e.ID, e.Time, document), nil
}

// Encoded returns the message of an event that was encoded before.
func Encoded(topic, id string, at time.Time, document []byte) Message {
	return Message{ID: id, Topic: topic, Time: at.UnixMicro(), Document: document}
}

// Unsent is what an aggregate's document carries of its messages; its struct has it as `bson:",inline"`. The zero value is
// that of a document without any.
type Unsent struct {
	Revisions []int64              `bson:"unsent,omitempty"` // those with messages
	Messages  map[string][]Message `bson:"outbox,omitempty"` // by revision, as key writes it
}

// The names of the fields above, for filters and updates.
const (
	revisionsField = "unsent"
	messagesField  = "outbox"
)

// key is the revision as the name of a field.
func key(revision int64) string { return "r" + strconv.FormatInt(revision, 10) }

// Tell adds the messages to an update of their aggregate: to its $set and its $push. No other update of the document may
// have used the revision before.
func Tell(set, push bson.M, revision int64, messages []Message) {
	if len(messages) > 0 {
		set[messagesField+"."+key(revision)] = messages
		push[revisionsField] = revision
	}
}

// All returns the messages in the order in which they were told.
func (u Unsent) All() []Message { return u.After(0) }

// After returns the messages that were told by later revisions than the one given.
func (u Unsent) After(revision int64) []Message {
	var all []Message
	for _, r := range u.Revisions {
		if r > revision {
			all = append(all, u.Messages[key(r)]...)
		}
	}
	return all
}

// moved is the update that takes the messages of these revisions out of their document.
func (u Unsent) moved() bson.M {
	unset := bson.M{}
	for _, revision := range u.Revisions {
		unset[messagesField+"."+key(revision)] = ""
	}
	return bson.M{"$unset": unset, "$pullAll": bson.M{revisionsField: u.Revisions}}
}
