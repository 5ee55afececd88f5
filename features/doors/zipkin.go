package doors

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/openzipkin/zipkin-go/model"
)

// recent asks for the traces of the last hour, at most a thousand.
const recent = "/api/v2/traces?lookback=3600000&limit=1000"

// Zipkin asks Zipkin's API, or what speaks it.
type Zipkin struct{ *api }

// NewZipkin returns the Zipkin at the base URL, the one below which /api/v2 is.
func NewZipkin(base string) *Zipkin { return &Zipkin{newAPI(base)} }

// Trace returns the spans of a trace as far as they have arrived.
func (z *Zipkin) Trace(ctx context.Context, id string) (spans []model.SpanModel, err error) {
	if err := z.get(ctx, "/api/v2/trace/"+url.PathEscape(id), &spans); err != nil && !errors.Is(err, errNotFound) {
		return nil, err
	}
	return spans, nil
}

// Recent returns the traces of the last hour, at most a thousand.
func (z *Zipkin) Recent(ctx context.Context) (traces [][]model.SpanModel, err error) {
	return traces, z.get(ctx, recent, &traces)
}

// Everything returns the recent traces as the server writes them; nothing where there is no Zipkin.
func (z *Zipkin) Everything(ctx context.Context) (string, error) {
	var traces json.RawMessage
	if err := z.get(ctx, recent, &traces); err != nil && !errors.Is(err, errNotFound) {
		return "", err
	}
	return string(traces), nil
}
