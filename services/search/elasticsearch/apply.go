package elasticsearch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/search"
)

// written says what became of the documents of a bulk request, in their order.
type written struct {
	Errors bool `json:"errors"`
	Items  []struct {
		Index struct {
			Status int   `json:"status"`
			Error  cause `json:"error"`
		} `json:"index"`
	} `json:"items"`
}

// Apply implements search.Index. Elasticsearch compares the versions. It is asked to refresh at once rather than to let the
// request wait for the next refresh: documents come in batches, which are as rare as its own refreshes.
func (x *Index) Apply(ctx context.Context, documents []search.Document) error {
	if len(documents) == 0 {
		return nil
	}
	err := x.write(ctx, documents)
	if isRefusal(err, http.StatusNotFound) { // somebody has deleted the index under way
		if err = x.ensure(ctx); err == nil {
			err = x.write(ctx, documents)
		}
	}
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	return nil
}

func (x *Index) write(ctx context.Context, documents []search.Document) error {
	var answer written
	err := x.client.do(ctx, call{
		method: http.MethodPost, contentType: "application/x-ndjson", body: x.bulk(documents), timeout: applyTimeout, repeatable: true,
		// Without the alias it would make an index of its own invention.
		path: "/" + x.alias + "/_bulk?refresh=true&require_alias=true&filter_path=errors,items.*.status,items.*.error",
	}, &answer)
	if err == nil && answer.Errors {
		err = answer.failed(documents)
	}
	return err
}

// bulk returns the request to store the documents: of each a line that says where, and one that says what. Those with one
// key stay in their order.
func (x *Index) bulk(documents []search.Document) []byte {
	var lines bytes.Buffer
	for _, d := range documents {
		lines.Write(encode(object{"index": object{"_id": d.Key(), "version": d.Version, "version_type": "external_gte"}}))
		lines.WriteByte('\n')
		lines.Write(encode(fields(x.analyzer, d)))
		lines.WriteByte('\n')
	}
	return lines.Bytes()
}

// failed returns what went wrong with the documents. That a newer version is there already is as it should be.
func (w *written) failed(documents []search.Document) error {
	var errs []error
	for i, item := range w.Items {
		switch status := item.Index.Status; {
		case i >= len(documents):
			return fmt.Errorf("%d answers for %d documents", len(w.Items), len(documents))
		case status < http.StatusBadRequest || status == http.StatusConflict:
		default:
			refused := &refusal{status: status, kind: item.Index.Error.Type, reason: item.Index.Error.Reason}
			errs = append(errs, fmt.Errorf("document %s: %w", documents[i].Key(), refused))
			if refused.passes() {
				return fault.Away(dependency, errors.Join(errs...))
			}
		}
	}
	return errors.Join(errs...)
}
