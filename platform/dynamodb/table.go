package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Key is where an item lies in its table. Embed it in what is stored.
type Key struct {
	Partition string `dynamodbav:"pk"` // items with the same lie together
	Sort      string `dynamodbav:"sk"` // in the order of this, which compares bytes
}

// Item is an item as DynamoDB has it.
type Item = map[string]types.AttributeValue

// The attributes of a Key.
const (
	partitionKey = "pk"
	sortKey      = "sk"
)

const (
	tableTimeout = time.Minute // until a table that was made is there
	tableDelay   = 500 * time.Millisecond
)

// Table is a table of a DB.
type Table struct {
	db   *DB
	name string
}

// Table returns the service's table of a kind, such as "outbox"; "" is the main one.
func (db *DB) Table(kind string) Table {
	name := db.address.prefix + "-" + db.service
	if kind != "" {
		name += "-" + kind
	}
	return Table{db: db, name: name}
}

// EnsureTables makes the tables that are not there yet, to be paid for by request, and waits until all are there. Several
// processes may do so at the same time.
func (db *DB) EnsureTables(ctx context.Context, tables ...Table) error {
	for _, t := range tables {
		if err := t.ensure(ctx); err != nil {
			return fmt.Errorf("make table %s: %w", t.name, err)
		}
	}
	return nil
}

func (t Table) ensure(ctx context.Context) error {
	there, err := t.db.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.name})
	switch {
	case err == nil && there.Table.TableStatus != types.TableStatusCreating:
		return nil
	case err == nil:
		return t.await(ctx)
	case !errors.As(err, new(*types.ResourceNotFoundException)):
		return err
	}
	made, err := t.db.client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &t.name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: new(partitionKey), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: new(sortKey), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: new(partitionKey), KeyType: types.KeyTypeHash},
			{AttributeName: new(sortKey), KeyType: types.KeyTypeRange},
		},
	})
	if err == nil && made.TableDescription.TableStatus == types.TableStatusActive {
		return nil
	}
	if err != nil && !errors.As(err, new(*types.ResourceInUseException)) { // that is: somebody else was faster
		return err
	}
	return t.await(ctx)
}

func (t Table) await(ctx context.Context) error {
	waiter := dynamodb.NewTableExistsWaiter(t.db.client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = tableDelay, 4*tableDelay
	})
	return waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &t.name}, tableTimeout)
}
