package elasticsearch

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/search"
)

const (
	upgradeStep  = 500                    // events indexed anew at a time
	upgradePause = 100 * time.Millisecond // between two questions to an index that cannot be searched yet
)

// upgrade adds to an index of an earlier version what it lacks: the mapping of new fields, and these fields of its events.
// It does so at every start, because a process of the earlier version may have run beside this one until now. Where nothing
// is lacking it asks two short questions. A document that has changed meanwhile stays as it is: it has a newer version.
func (x *Index) upgrade(ctx context.Context) error {
	mapping := call{method: http.MethodPut, path: "/" + x.alias + "/_mapping", body: encode(newMapping()), timeout: setUpTimeout}
	if err := x.client.do(ctx, mapping, nil); err != nil {
		return fmt.Errorf("add fields: %w", err)
	}
	for after := ""; ; {
		lacking, err := x.lacking(ctx, after)
		if err != nil {
			return fmt.Errorf("look for events without fields: %w", err)
		}
		var documents []search.Document
		for _, m := range lacking.Hits.Hits {
			d, err := search.EventDocument([]byte(m.Source.Document))
			if err != nil {
				return fmt.Errorf("decode document %s: %w", m.ID, err)
			}
			documents, after = append(documents, d), m.ID
		}
		if len(documents) == 0 {
			return nil
		}
		if err := x.write(ctx, documents); err != nil {
			return fmt.Errorf("add fields to events: %w", err)
		}
	}
}

// lacking returns the next events without the fields. An index that another process makes at this moment is there before it can be
// searched: it is asked again until it can.
func (x *Index) lacking(ctx context.Context, after string) (events found, err error) {
	ctx, cancel := context.WithTimeout(ctx, setUpTimeout)
	defer cancel()
	again := time.NewTicker(upgradePause)
	defer again.Stop()
	for {
		err = x.client.do(ctx, x.question(newLackingRequest(after), searchTimeout), &events)
		if fault.KindOf(err) != fault.Unavailable {
			return events, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return events, err
		}
	}
}

// newLackingRequest asks for the next events without the fields to filter and sort by. Every event has all of them or none.
func newLackingRequest(after string) object {
	return object{
		"query": object{"bool": object{
			"filter":   []object{term(fieldKind, string(search.KindEvent))},
			"must_not": []object{{"exists": object{"field": fieldStarts}}},
		}},
		"size": upgradeStep, "_source": []string{fieldDocument}, "track_total_hits": false,
		"sort": []object{{fieldKey: "asc"}}, "search_after": []any{after},
	}
}
