package dynamodb

import (
	"time"

	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/dynamodb"
	"github.com/myevents/myevents/services/event"
)

// row is messages of one topic that fit into a row of the outbox.
type row struct {
	Name      log.Row   `dynamodbav:"name"`
	Topic     string    `dynamodbav:"topic"`
	At        time.Time `dynamodbav:"at"` // of the first message
	Documents [][]byte  `dynamodbav:"documents"`
}

// rowsOf encodes the messages, in order.
func rowsOf(messages []event.Message) ([]row, error) {
	var rows []row
	size := 0 // of the last row
	for _, m := range messages {
		document, err := m.Event.Encode()
		if err != nil {
			return nil, err
		}
		size += len(document)
		last := len(rows) - 1
		if last < 0 || rows[last].Topic != m.Topic || size > log.MaxRow || len(rows[last].Documents) == log.MaxMessages {
			rows = append(rows, row{Name: log.NewRow(), Topic: m.Topic, At: m.Event.Time})
			last, size = last+1, len(document)
		}
		rows[last].Documents = append(rows[last].Documents, document)
	}
	return rows, nil
}

func (r row) entries() []outbox.Entry {
	entries := make([]outbox.Entry, len(r.Documents))
	for i, document := range r.Documents {
		entries[i] = outbox.Entry{Topic: r.Topic, Time: r.At, Payload: document}
	}
	return entries
}
