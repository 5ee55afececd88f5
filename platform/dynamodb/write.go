package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/platform/fault"
)

// The limits of one transaction and of one item, says the service.
const (
	MaxWrites   = 100
	MaxItemSize = 400 << 10 // bytes
)

const (
	maxTransactions = 8  // attempts at a transaction that meets others
	maxDeletes      = 25 // that one request makes, says the service
)

// Values are those that expressions name: "n" is :n in them.
type Values map[string]any

// Condition is what an item must be like for a write. The zero Condition holds always.
type Condition struct {
	Expression string
	Values     Values
}

// Absent is the condition that the item is not there.
func Absent() Condition { return Condition{Expression: "attribute_not_exists(pk)"} }

// Present is the condition that the item is there.
func Present() Condition { return Condition{Expression: "attribute_exists(pk)"} }

// Write is one write, by itself or as part of a transaction.
type Write struct {
	item types.TransactWriteItem
	err  error // of what could not be encoded
}

// Put replaces the item, a struct that embeds a Key, or adds it.
func (t Table) Put(item any, c Condition) Write {
	encoded, err := attributevalue.MarshalMap(item)
	expression, values, err := c.encode(nil, err)
	return Write{err: err, item: types.TransactWriteItem{Put: &types.Put{
		TableName: &t.name, Item: encoded, ConditionExpression: expression, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}
}

// Update changes an item as the expression, such as "SET seats = :n", says. Without a condition it adds one where none is.
func (t Table) Update(key Key, expression string, values Values, c Condition) Write {
	condition, encoded, err := c.encode(values, nil)
	return Write{err: err, item: types.TransactWriteItem{Update: &types.Update{
		TableName: &t.name, Key: key.item(), UpdateExpression: &expression, ConditionExpression: condition, ExpressionAttributeValues: encoded,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}
}

// Delete removes the item.
func (t Table) Delete(key Key, c Condition) Write {
	expression, values, err := c.encode(nil, nil)
	return Write{err: err, item: types.TransactWriteItem{Delete: &types.Delete{
		TableName: &t.name, Key: key.item(), ConditionExpression: expression, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}
}

// encode returns the condition with its values and more; both are nil where there are none, as the service wants it.
func (c Condition) encode(more Values, err error) (*string, Item, error) {
	all := Values{}
	maps.Copy(all, c.Values)
	maps.Copy(all, more)
	var values Item
	for name, value := range all {
		encoded, failure := attributevalue.Marshal(value)
		if values == nil {
			values = Item{}
		}
		values[":"+name], err = encoded, errors.Join(err, failure)
	}
	if c.Expression == "" {
		return nil, values, err
	}
	return &c.Expression, values, err
}

// Refused is the error of writes of which a condition did not hold; nothing was written.
type Refused struct {
	reasons []types.CancellationReason // in the order of the writes
	cause   error
}

// Error implements error.
func (r *Refused) Error() string { return "a condition did not hold: " + r.cause.Error() }

// Unwrap returns the service's error.
func (r *Refused) Unwrap() error { return r.cause }

// By reports whether the i-th write was refused, and decodes the item as it is instead into a pointer, unless that is nil.
// Where there is none, that stays as it is.
func (r *Refused) By(i int, into any) (refused bool, err error) {
	if i >= len(r.reasons) || !conditional(r.reasons[i]) {
		return false, nil
	}
	if into == nil || len(r.reasons[i].Item) == 0 {
		return true, nil
	}
	return true, Decode(r.reasons[i].Item, into)
}

func conditional(r types.CancellationReason) bool {
	return r.Code != nil && *r.Code == "ConditionalCheckFailed"
}

// Transact makes the writes, at most MaxWrites and of different items, all of them or none. It fails with a *Refused
// where a condition does not hold. A transaction that meets another one is tried again, a few times, unless ctx ends.
func (db *DB) Transact(ctx context.Context, writes ...Write) error {
	items := make([]types.TransactWriteItem, len(writes))
	for i, w := range writes {
		if w.err != nil {
			return fmt.Errorf("encode item: %w", w.err)
		}
		items[i] = w.item
	}
	for attempt := 1; ; attempt++ {
		_, err := db.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
		cancelled, is := errors.AsType[*types.TransactionCanceledException](err)
		if !is {
			return err
		}
		db.counts.cancelled.Add(1)
		switch {
		case slices.ContainsFunc(cancelled.CancellationReasons, conditional):
			return &Refused{reasons: cancelled.CancellationReasons, cause: err}
		case !slices.ContainsFunc(cancelled.CancellationReasons, unlucky):
			return err
		case attempt == maxTransactions:
			return fault.Away(db.service+" store", err)
		}
		if err := Pause(ctx, backoff(attempt)); err != nil {
			return err
		}
	}
}

// unlucky reports whether the same transaction may succeed a moment later.
func unlucky(r types.CancellationReason) bool {
	if r.Code == nil {
		return false
	}
	switch *r.Code {
	case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
		return true
	}
	return false
}

// Write makes one write by itself, at half the price of a transaction. It fails as Transact does.
func (db *DB) Write(ctx context.Context, w Write) (err error) {
	switch {
	case w.err != nil:
		return fmt.Errorf("encode item: %w", w.err)
	case w.item.Put != nil:
		p := w.item.Put
		_, err = db.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: p.TableName, Item: p.Item, ConditionExpression: p.ConditionExpression,
			ExpressionAttributeValues: p.ExpressionAttributeValues, ReturnValuesOnConditionCheckFailure: p.ReturnValuesOnConditionCheckFailure,
		})
	case w.item.Update != nil:
		u := w.item.Update
		_, err = db.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: u.ConditionExpression,
			ExpressionAttributeValues: u.ExpressionAttributeValues, ReturnValuesOnConditionCheckFailure: u.ReturnValuesOnConditionCheckFailure,
		})
	case w.item.Delete != nil:
		d := w.item.Delete
		_, err = db.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: d.TableName, Key: d.Key, ConditionExpression: d.ConditionExpression,
			ExpressionAttributeValues: d.ExpressionAttributeValues, ReturnValuesOnConditionCheckFailure: d.ReturnValuesOnConditionCheckFailure,
		})
	}
	if failed, is := errors.AsType[*types.ConditionalCheckFailedException](err); is {
		reason := types.CancellationReason{Code: new("ConditionalCheckFailed"), Item: failed.Item}
		return &Refused{reasons: []types.CancellationReason{reason}, cause: err}
	}
	return err
}

// DeleteAll removes the items, in any order and not all at once. What is not there is no error.
func (t Table) DeleteAll(ctx context.Context, keys []Key) error {
	for chunk := range slices.Chunk(keys, maxDeletes) {
		left := make([]types.WriteRequest, len(chunk))
		for i, key := range chunk {
			left[i].DeleteRequest = &types.DeleteRequest{Key: key.item()}
		}
		for attempt := 1; len(left) > 0; attempt++ {
			answer, err := t.db.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
				RequestItems: map[string][]types.WriteRequest{t.name: left},
			})
			if err != nil {
				return err
			}
			if left = answer.UnprocessedItems[t.name]; len(left) == 0 {
				break
			}
			if attempt == maxAttempts {
				return fault.Away(t.db.service+" store", fmt.Errorf("%d items are left", len(left)))
			}
			if err := Pause(ctx, backoff(attempt)); err != nil {
				return err
			}
		}
	}
	return nil
}
