package dynamodb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/platform/fault"
)

const maxKeys = 100 // that one request reads, says the service

// Get decodes the item into a pointer and reports whether it was there.
func (t Table) Get(ctx context.Context, key Key, into any) (found bool, err error) {
	answer, err := t.db.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.name, Key: key.item(), ConsistentRead: new(true)})
	if err != nil || answer.Item == nil {
		return false, err
	}
	return true, Decode(answer.Item, into)
}

// GetAll returns those items of the keys that are there, in no order. No key may come twice.
func GetAll[T any](ctx context.Context, t Table, keys []Key) ([]T, error) {
	var all []T
	for chunk := range slices.Chunk(keys, maxKeys) {
		items, err := t.getChunk(ctx, chunk)
		if err != nil {
			return nil, err
		}
		if all, err = appendDecoded(all, items); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// getChunk asks again for what the service has left out, which it does where the answer grows large or requests too many.
func (t Table) getChunk(ctx context.Context, keys []Key) (items []Item, err error) {
	left := types.KeysAndAttributes{ConsistentRead: new(true)}
	for _, key := range keys {
		left.Keys = append(left.Keys, key.item())
	}
	for attempt := 0; ; {
		answer, err := t.db.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{t.name: left},
		})
		if err != nil {
			return nil, err
		}
		got := answer.Responses[t.name]
		items = append(items, got...)
		more, some := answer.UnprocessedKeys[t.name]
		if !some || len(more.Keys) == 0 {
			return items, nil
		}
		if left = more; len(got) == 0 {
			if attempt++; attempt == maxAttempts {
				return nil, fault.Away(t.db.service+" store", fmt.Errorf("%d items are left out", len(more.Keys)))
			}
			if err := Pause(ctx, backoff(attempt)); err != nil {
				return nil, err
			}
		}
	}
}

// Range is a part of a partition.
type Range struct {
	Partition string
	Above     string // items whose sort key is greater; empty: from the first on
	Below     string // items whose sort key is less; empty: to the last
	Backwards bool   // from the last to the first
	Limit     int    // at most so many; 0: all
}

// List returns the items of the range, in order.
func List[T any](ctx context.Context, t Table, r Range) ([]T, error) {
	query := r.query(t)
	var all []T
	for {
		answer, err := t.db.client.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		items := slices.DeleteFunc(answer.Items, r.isEnd)
		if r.Limit > 0 {
			items = items[:min(len(items), r.Limit-len(all))]
		}
		if all, err = appendDecoded(all, items); err != nil {
			return nil, err
		}
		if query.ExclusiveStartKey = answer.LastEvaluatedKey; query.ExclusiveStartKey == nil || r.Limit > 0 && len(all) == r.Limit {
			return all, nil
		}
	}
}

// Count returns how many items there are in the partition.
func (t Table) Count(ctx context.Context, partition string) (n int, err error) {
	query := Range{Partition: partition}.query(t)
	query.Select = types.SelectCount
	for {
		answer, err := t.db.client.Query(ctx, query)
		if err != nil {
			return 0, err
		}
		n += int(answer.Count)
		if query.ExclusiveStartKey = answer.LastEvaluatedKey; query.ExclusiveStartKey == nil {
			return n, nil
		}
	}
}

// query asks for the range and, because a condition has no two exclusive ends, for what isEnd takes out.
func (r Range) query(t Table) *dynamodb.QueryInput {
	query := &dynamodb.QueryInput{
		TableName: &t.name, ConsistentRead: new(true), ScanIndexForward: new(!r.Backwards),
		KeyConditionExpression:    new("pk = :partition"),
		ExpressionAttributeValues: Item{":partition": text(r.Partition)},
	}
	if r.Limit > 0 {
		query.Limit = new(int32(r.Limit + 2))
	}
	switch {
	case r.Above != "" && r.Below != "":
		*query.KeyConditionExpression += " AND sk BETWEEN :above AND :below"
	case r.Above != "":
		*query.KeyConditionExpression += " AND sk > :above"
	case r.Below != "":
		*query.KeyConditionExpression += " AND sk < :below"
	}
	if r.Above != "" {
		query.ExpressionAttributeValues[":above"] = text(r.Above)
	}
	if r.Below != "" {
		query.ExpressionAttributeValues[":below"] = text(r.Below)
	}
	return query
}

func (r Range) isEnd(item Item) bool {
	sort := item[sortKey].(*types.AttributeValueMemberS).Value
	return sort == r.Above || sort == r.Below
}

// Scan calls fn with every item of the table whose sort key begins with the prefix. It reads, and pays for, all of the table.
func Scan[T any](ctx context.Context, t Table, prefix string, fn func(T)) error {
	scan := &dynamodb.ScanInput{
		TableName: &t.name, ConsistentRead: new(true),
		FilterExpression: new("begins_with(sk, :prefix)"), ExpressionAttributeValues: Item{":prefix": text(prefix)},
	}
	for {
		answer, err := t.db.client.Scan(ctx, scan)
		if err != nil {
			return err
		}
		items, err := appendDecoded([]T(nil), answer.Items)
		if err != nil {
			return err
		}
		for _, item := range items {
			fn(item)
		}
		if scan.ExclusiveStartKey = answer.LastEvaluatedKey; scan.ExclusiveStartKey == nil {
			return nil
		}
	}
}

// Decode decodes an item into a pointer.
func Decode(item Item, into any) error {
	if err := attributevalue.UnmarshalMap(item, into); err != nil {
		return fmt.Errorf("decode item: %w", err)
	}
	return nil
}

func appendDecoded[T any](to []T, items []Item) ([]T, error) {
	for _, item := range items {
		var decoded T
		if err := Decode(item, &decoded); err != nil {
			return nil, err
		}
		to = append(to, decoded)
	}
	return to, nil
}

func (k Key) item() Item { return Item{partitionKey: text(k.Partition), sortKey: text(k.Sort)} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// Pause waits before the next attempt; it fails with ctx's error where that ends first.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
