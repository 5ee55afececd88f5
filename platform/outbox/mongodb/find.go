package mongodb

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// aggregate is what the mover reads of an aggregate's document.
type aggregate struct {
	ID     string `bson:"_id"`
	Unsent `bson:",inline"`
}

// find is the documents of one source that have messages.
type find struct {
	source    Source
	documents []aggregate
}

func (f find) messages() []Message {
	var all []Message
	for _, d := range f.documents {
		all = append(all, d.All()...)
	}
	return all
}

type finds []find

func (f finds) messages() []Message {
	var all []Message
	for _, one := range f {
		all = append(all, one.messages()...)
	}
	return all
}

// find looks for messages in all documents.
func (m *mover) find(ctx context.Context) (finds, error) {
	var all finds
	for _, s := range m.sources {
		// An array without elements has none that is greater than 0.
		f, err := m.findAt(ctx, s, bson.M{revisionsField: bson.M{"$gt": 0}})
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// findHinted looks for messages in the documents with these ids, by collection.
func (m *mover) findHinted(ctx context.Context, hint map[string][]string) (finds, error) {
	var all finds
	for _, s := range m.sources {
		if len(hint[s.Collection]) == 0 {
			continue
		}
		f, err := m.findAt(ctx, s, bson.M{"_id": bson.M{"$in": hint[s.Collection]}})
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func (m *mover) findAt(ctx context.Context, s Source, filter bson.M) (find, error) {
	f := find{source: s}
	err := m.db.Collection(s.Collection).Find(ctx, filter, &f.documents,
		options.Find().SetProjection(bson.M{revisionsField: 1, messagesField: 1}))
	// Of those that somebody else has emptied meanwhile there is nothing to be taken out.
	f.documents = slices.DeleteFunc(f.documents, func(a aggregate) bool { return len(a.Revisions) == 0 })
	return f, err
}
