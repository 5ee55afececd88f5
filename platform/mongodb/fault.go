package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/myevents/myevents/platform/fault"
)

// ErrNone is wrapped by what FindOne returns where no document matches.
var ErrNone = mongo.ErrNoDocuments

// IsDuplicate reports whether a write was refused because a unique index has the key already.
func IsDuplicate(err error) bool { return mongo.IsDuplicateKeyError(err) }

// Codes of servers that answer but cannot do what they were asked for now, beside those which the driver labels.
const (
	codeExceededTimeLimit  = 50
	codeWriteConcernFailed = 64
	codeShutdown           = 91
)

// fault says what an operation's error means. The end of the caller's context stays what it is; what another attempt may
// not meet is an Unavailable fault; the rest is for IsDuplicate and ErrNone, or a defect.
func (db *DB) fault(caller context.Context, operation string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(caller.Err(), context.Canceled):
		return fmt.Errorf("%s: %w", operation, context.Cause(caller))
	case db.isAway(err):
		return fault.Away(db.service+" store", fmt.Errorf("%s: %w", operation, err))
	default:
		return fmt.Errorf("%s: %w", operation, err)
	}
}

func (db *DB) isAway(err error) bool {
	if mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.Is(err, mongo.ErrClientDisconnected) {
		return true
	}
	if errors.As(err, new(mongo.ServerError)) {
		return isPassing(err)
	}
	// What is left are errors of the driver: no server was found, or the pool has no connection.
	return !errors.Is(err, ErrNone) && !errors.As(err, new(mongo.MarshalError))
}

func isPassing(err error) bool {
	server, ok := errors.AsType[mongo.ServerError](err)
	if !ok || IsDuplicate(err) {
		return false
	}
	for _, label := range []string{"RetryableWriteError", "TransientTransactionError", "RetryableError"} {
		if server.HasErrorLabel(label) {
			return true
		}
	}
	for _, code := range []int{codeExceededTimeLimit, codeWriteConcernFailed, codeShutdown} {
		if server.HasErrorCode(code) {
			return true
		}
	}
	return false
}
