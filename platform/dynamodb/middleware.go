package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/myevents/myevents/platform/fault"
)

const (
	maxAttempts = 4 // of one request
	minBackoff  = 20 * time.Millisecond
	maxBackoff  = time.Second
)

// newRetryer retries what another attempt may not meet. Its budget, shared by all requests, is used up while the store is
// away, so that requests then fail at their first attempt.
func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) { return backoff(attempt), nil })
		o.Retryables = append(o.Retryables, retry.RetryableErrorCode{Codes: map[string]struct{}{
			(&types.TransactionConflictException{}).ErrorCode(): {}, // of a write by itself that has met a transaction
		}})
	})
}

// backoff doubles from minBackoff to maxBackoff, less up to all of it so that those who have met do not meet again.
func backoff(attempt int) time.Duration {
	return rand.N(min(minBackoff<<min(attempt, 10), maxBackoff))
}

// middleware is around every request: there is no way past the hook and the deadline.
func (db *DB) middleware(stack *middleware.Stack) error {
	call := middleware.InitializeMiddlewareFunc("MyEventsCall",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
			middleware.InitializeOutput, middleware.Metadata, error) {
			return db.call(ctx, in, next)
		})
	return stack.Initialize.Add(call, middleware.Before)
}

func (db *DB) call(caller context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	if err := db.ask(in.Parameters); err != nil {
		return out, metadata, fault.Away(db.service+" store", err)
	}
	ctx, cancel := context.WithTimeout(caller, callTimeout)
	defer cancel()
	db.counts.inFlight.Add(1)
	out, metadata, err = next.HandleInitialize(ctx, in)
	db.counts.inFlight.Add(-1)
	db.counts.add(metadata)
	return out, metadata, db.fault(caller, err)
}

// ask asks the hook for every item that the request writes.
func (db *DB) ask(request any) error {
	if db.hook == nil {
		return nil
	}
	for _, s := range statements(request) {
		if err := db.hook(s); err != nil {
			return err
		}
	}
	return nil
}

// fault says what an error means. That its caller has left stays what it is; what another attempt may not meet is an
// Unavailable fault; the rest says that a condition did not hold, or is a defect.
func (db *DB) fault(caller context.Context, err error) error {
	api, answered := errors.AsType[smithy.APIError](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(caller.Err(), context.Canceled):
		return fmt.Errorf("%w: %w", context.Canceled, err)
	case answered && isRefusal(err) && !passing(api.ErrorCode()):
		return err
	default:
		return fault.Away(db.service+" store", err)
	}
}

// isRefusal goes by the status: not all of the service's errors say whose fault they are.
func isRefusal(err error) bool {
	answer, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && answer.HTTPStatusCode() >= http.StatusBadRequest && answer.HTTPStatusCode() < http.StatusInternalServerError
}

// passing reports whether a refusal has nothing to do with the request itself.
func passing(code string) bool {
	return throttled(code) || code == (&types.TransactionConflictException{}).ErrorCode()
}

func throttled(code string) bool {
	_, is := retry.DefaultThrottleErrorCodes[code]
	return is
}
