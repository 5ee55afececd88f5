package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/myevents/myevents/platform/messaging"
)

// idleSockets is how many connections are kept for the next call: bursts have maxCalls of them a subscription.
const idleSockets = 64

// wire carries the requests. There is no connection that could be up or down: the answers tell how the services are.
type wire struct {
	sockets  *http.Transport
	link     *messaging.Link
	requests atomic.Int64
	failures atomic.Int64
}

// newWire returns a wire with the settings of the SDK's own client, such as AWS_CA_BUNDLE.
func newWire(l *messaging.Link, client *awshttp.BuildableClient) *wire {
	sockets := client.GetTransport()
	sockets.MaxIdleConnsPerHost = idleSockets
	return &wire{link: l, sockets: sockets}
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.requests.Add(1)
	answer, err := w.sockets.RoundTrip(r)
	switch {
	case errors.Is(err, context.Canceled): // by us; it says nothing about the services
	case err != nil:
		w.failed(err)
	case answer.StatusCode >= http.StatusInternalServerError:
		w.failed(fmt.Errorf("answer has status %d", answer.StatusCode))
	default:
		w.link.Restored()
	}
	return answer, err
}

func (w *wire) failed(err error) {
	w.failures.Add(1)
	w.link.Lost(err)
}

func (w *wire) close() { w.sockets.CloseIdleConnections() }
