package mongodb

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/platform/fault"
)

// Collection is a collection of the database, as the driver has it, but for the deadline of every operation, the kinds of
// its errors, and the hook before its writes.
type Collection struct {
	db   *DB
	name string
	c    *mongo.Collection
}

// Collection returns the collection; it comes into being with its first document or index.
func (db *DB) Collection(name string) *Collection {
	return &Collection{db: db, name: name, c: db.database.Collection(name)}
}

// Insert adds the documents. With several, those before and behind one that is there already are added all the same;
// taken are the indexes of those that were not added because a unique index has their key.
func (c *Collection) Insert(ctx context.Context, documents ...any) (taken []int, err error) {
	err = c.write(ctx, "insert", func(ctx context.Context) error {
		_, err := c.c.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
		taken, err = duplicates(err)
		return err
	})
	return taken, err
}

// duplicates takes the duplicate keys out of an error; what else is in it stays.
func duplicates(err error) (taken []int, rest error) {
	bulk, ok := err.(mongo.BulkWriteException) //nolint:errorlint // the driver returns it as it is
	if !ok || bulk.WriteConcernError != nil {
		return nil, err
	}
	for _, e := range bulk.WriteErrors {
		if !mongo.IsDuplicateKeyError(e) {
			return nil, err
		}
		taken = append(taken, e.Index)
	}
	return taken, nil
}

// InsertInOrder adds the documents up to the first whose key a unique index has already, and returns how many.
func (c *Collection) InsertInOrder(ctx context.Context, documents []any) (added int, err error) {
	err = c.write(ctx, "insert", func(ctx context.Context) error {
		_, err := c.c.InsertMany(ctx, documents)
		taken, err := duplicates(err)
		added = len(documents)
		if len(taken) > 0 {
			added = taken[0]
		}
		return err
	})
	return added, err
}

// Update changes the first document that matches and returns whether there was one.
func (c *Collection) Update(ctx context.Context, filter, update any) (matched bool, err error) {
	err = c.write(ctx, "update", func(ctx context.Context) error {
		result, err := c.c.UpdateOne(ctx, filter, update)
		matched = err == nil && result.MatchedCount > 0
		return err
	})
	return matched, err
}

// Put changes the first document that matches, or adds one made of the filter and the update. It returns false where
// neither could be done because a unique index has the key: where the filter asks for more than the key, the document is
// there but does not match.
func (c *Collection) Put(ctx context.Context, filter, update any) (done bool, err error) {
	err = c.write(ctx, "update", func(ctx context.Context) error {
		_, err := c.c.UpdateOne(ctx, filter, update, options.UpdateOne().SetUpsert(true))
		done = err == nil
		if IsDuplicate(err) {
			return nil
		}
		return err
	})
	return done, err
}

// UpdateMany changes all documents that match and returns how many those are.
func (c *Collection) UpdateMany(ctx context.Context, filter, update any) (matched int, err error) {
	err = c.write(ctx, "update", func(ctx context.Context) error {
		result, err := c.c.UpdateMany(ctx, filter, update)
		if err == nil {
			matched = int(result.MatchedCount)
		}
		return err
	})
	return matched, err
}

// Change is one update of a document for UpdateEach.
type Change struct{ Filter, Update any }

// UpdateEach makes the changes in one command, in any order, and returns how many of them found their document.
func (c *Collection) UpdateEach(ctx context.Context, changes []Change) (matched int, err error) {
	if len(changes) == 0 {
		return 0, nil
	}
	models := make([]mongo.WriteModel, len(changes))
	for i, change := range changes {
		models[i] = mongo.NewUpdateOneModel().SetFilter(change.Filter).SetUpdate(change.Update)
	}
	err = c.write(ctx, "update", func(ctx context.Context) error {
		result, err := c.c.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		if err == nil {
			matched = int(result.MatchedCount)
		}
		return err
	})
	return matched, err
}

// Delete removes all documents that match and returns how many those were.
func (c *Collection) Delete(ctx context.Context, filter any) (deleted int, err error) {
	err = c.write(ctx, "delete", func(ctx context.Context) error {
		result, err := c.c.DeleteMany(ctx, filter)
		if err == nil {
			deleted = int(result.DeletedCount)
		}
		return err
	})
	return deleted, err
}

// Find decodes all documents that match into results, a pointer to a slice.
func (c *Collection) Find(ctx context.Context, filter, results any, o ...options.Lister[options.FindOptions]) error {
	return c.run(ctx, "find", func(ctx context.Context) error {
		cursor, err := c.c.Find(ctx, filter, o...)
		if err != nil {
			return err
		}
		return cursor.All(ctx, results)
	})
}

// FindOne decodes the first document that matches into the result. It fails with ErrNone where none does.
func (c *Collection) FindOne(ctx context.Context, filter, result any, o ...options.Lister[options.FindOneOptions]) error {
	return c.run(ctx, "find", func(ctx context.Context) error {
		return c.c.FindOne(ctx, filter, o...).Decode(result)
	})
}

// Aggregate decodes what the pipeline returns into results, a pointer to a slice.
func (c *Collection) Aggregate(ctx context.Context, pipeline mongo.Pipeline, results any) error {
	return c.run(ctx, "aggregate", func(ctx context.Context) error {
		cursor, err := c.c.Aggregate(ctx, pipeline)
		if err != nil {
			return err
		}
		return cursor.All(ctx, results)
	})
}

// Count returns how many documents match.
func (c *Collection) Count(ctx context.Context, filter any) (n int, err error) {
	err = c.run(ctx, "count", func(ctx context.Context) error {
		count, err := c.c.CountDocuments(ctx, filter)
		n = int(count)
		return err
	})
	return n, err
}

// write runs a command that writes, after the hook.
func (c *Collection) write(ctx context.Context, command string, fn func(context.Context) error) error {
	if c.db.hook != nil {
		if err := c.db.hook(command + " " + c.name); err != nil {
			return fault.Away(c.db.service+" store", err)
		}
	}
	return c.run(ctx, command, fn)
}

func (c *Collection) run(caller context.Context, command string, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(caller, operationTimeout)
	defer cancel()
	return c.db.fault(caller, command+" "+c.name, fn(ctx))
}

// Indexes are the indexes of a database, by collection.
type Indexes map[string][]Index

// Index is an ascending index over fields.
type Index struct {
	Fields []string
	Unique bool
}

// On returns an index over the fields.
func On(fields ...string) Index { return Index{Fields: fields} }

// Unique returns an index that lets no two documents have the same values in the fields.
func Unique(fields ...string) Index { return Index{Fields: fields, Unique: true} }

// EnsureIndexes makes the indexes that are not there yet. Several processes may do so at the same time.
func (db *DB) EnsureIndexes(ctx context.Context, indexes Indexes) error {
	for name, all := range indexes {
		for _, index := range all {
			if err := db.Collection(name).ensure(ctx, index); err != nil {
				return fmt.Errorf("make index: %w", err)
			}
		}
	}
	return nil
}

func (c *Collection) ensure(ctx context.Context, index Index) error {
	keys := make(bson.D, len(index.Fields))
	for i, field := range index.Fields {
		keys[i] = bson.E{Key: field, Value: 1}
	}
	return c.run(ctx, "createIndexes", func(ctx context.Context) error {
		_, err := c.c.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: options.Index().SetUnique(index.Unique)})
		return err
	})
}
