package search

import (
	"context"
	"fmt"

	"github.com/myevents/myevents/platform/cloudevent"
)

// Indexer puts what messages say into an index. Versions make it idempotent and let messages come in any order.
type Indexer struct {
	index Index
}

// NewIndexer returns an indexer of the index.
func NewIndexer(index Index) *Indexer { return &Indexer{index: index} }

// Handle applies the documents of the messages together and returns when they are durable. It returns nil where all
// succeeded, and otherwise an error, or nil, for each message. A message that can never become a document fails alone.
func (x *Indexer) Handle(ctx context.Context, messages []cloudevent.Event) []error {
	errs := make([]error, len(messages))
	documents := make([]Document, 0, len(messages))
	from := make([]int, 0, len(messages)) // indexes of the documents' messages
	failed := false
	for i, e := range messages {
		d, ok, err := FromMessage(e)
		if ok {
			documents, from = append(documents, d), append(from, i)
		}
		errs[i], failed = err, failed || err != nil
	}
	if err := x.apply(ctx, documents); err != nil {
		for _, i := range from {
			errs[i] = err
		}
		return errs
	}
	if !failed {
		return nil
	}
	return errs
}

func (x *Indexer) apply(ctx context.Context, documents []Document) error {
	if len(documents) == 0 {
		return nil
	}
	if err := x.index.Apply(ctx, documents); err != nil {
		return fmt.Errorf("apply %d documents: %w", len(documents), err)
	}
	return nil
}
