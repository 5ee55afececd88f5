package dynamodb

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// statements returns what a request does to each item that it writes; nothing for one that only reads.
func statements(request any) (all []string) {
	switch r := request.(type) {
	case *dynamodb.PutItemInput:
		return []string{statement("put", *r.TableName, r.Item)}
	case *dynamodb.UpdateItemInput:
		return []string{statement("update", *r.TableName, r.Key)}
	case *dynamodb.DeleteItemInput:
		return []string{statement("delete", *r.TableName, r.Key)}
	case *dynamodb.TransactWriteItemsInput:
		for _, w := range r.TransactItems {
			all = append(all, part(w))
		}
	case *dynamodb.BatchWriteItemInput:
		for table, writes := range r.RequestItems {
			for _, w := range writes {
				all = append(all, statement("delete", table, w.DeleteRequest.Key))
			}
		}
	}
	return all
}

func part(w types.TransactWriteItem) string {
	switch {
	case w.Put != nil:
		return statement("put", *w.Put.TableName, w.Put.Item)
	case w.Update != nil:
		return statement("update", *w.Update.TableName, w.Update.Key)
	default:
		return statement("delete", *w.Delete.TableName, w.Delete.Key)
	}
}

func statement(what, table string, key Item) string {
	value := func(name string) string { return key[name].(*types.AttributeValueMemberS).Value }
	return what + " " + table + " " + value(partitionKey) + " " + value(sortKey)
}
