// Package elasticsearch keeps the search index in Elasticsearch, 7.10 or later. Any number of processes share one.
//
// A document there has the words of its texts, divided by the same analyzer as queries (see package matching), in fields
// that Elasticsearch does not divide further. So it needs no plug-in for Unicode's normal forms, and what is found,
// and marked, is what the other kind of index finds and marks.
//
// What is written through is an alias. The index behind it has a name that nobody needs to know, and is replaced as a
// whole when it is cleared.
package elasticsearch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2/analysis"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

const (
	searchTimeout = 3 * time.Second
	applyTimeout  = 10 * time.Second // nobody waits for it but the next batch
	setUpTimeout  = 30 * time.Second // all nodes of a cluster have to agree
	pingTimeout   = 1500 * time.Millisecond
)

// Index is a search.Index in Elasticsearch.
type Index struct {
	alias    string
	client   *client
	analyzer analysis.Analyzer
}

var _ search.Index = (*Index)(nil)

// Open connects to the index that the URL names, and makes it where it is not there; ctx bounds the opening only. The URL is
// http[s]://[user:password@]host[:port]/INDEX. It fails where Elasticsearch does not answer.
func Open(ctx context.Context, rawURL string) (*Index, error) {
	address, err := parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	analyzer, err := matching.NewAnalyzer()
	if err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	x := &Index{alias: address.index, client: newClient(address), analyzer: analyzer}
	if err := x.ensure(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open search index: %w", err), x.Close())
	}
	if err := x.upgrade(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("upgrade search index: %w", err), x.Close())
	}
	return x, nil
}

// ensure makes the index unless it is there. Several processes may do so at the same time: they all use one name for it.
func (x *Index) ensure(ctx context.Context) error {
	err := x.client.do(ctx, call{method: http.MethodHead, path: "/_alias/" + x.alias, timeout: searchTimeout}, nil)
	if !isRefusal(err, http.StatusNotFound) {
		return err
	}
	definition := newDefinition()
	definition["aliases"] = object{x.alias: object{}}
	err = x.client.do(ctx, call{method: http.MethodPut, path: "/" + x.alias + "-1", body: encode(definition), timeout: setUpTimeout}, nil)
	if refused, ok := errors.AsType[*refusal](err); ok && refused.kind == "resource_already_exists_exception" {
		return nil
	}
	return err
}

// Clear implements search.Index. It puts a new index in the place of the old one, in one step: versions begin anew, which
// they would not for a minute where documents are deleted one by one. What is being applied meanwhile goes with the old one.
func (x *Index) Clear(ctx context.Context) error {
	old, err := x.behindAlias(ctx)
	if err != nil {
		return fmt.Errorf("clear search index: %w", err)
	}
	fresh := x.alias + "-" + strings.ToLower(rand.Text())
	err = x.client.do(ctx, call{method: http.MethodPut, path: "/" + fresh, body: encode(newDefinition()), timeout: setUpTimeout}, nil)
	if err != nil {
		return fmt.Errorf("clear search index: %w", err)
	}
	actions := []object{{"add": object{"index": fresh, "alias": x.alias}}}
	for _, name := range old {
		actions = append(actions, object{"remove_index": object{"index": name}})
	}
	swap := call{method: http.MethodPost, path: "/_aliases", body: encode(object{"actions": actions}), timeout: setUpTimeout}
	if err := x.client.do(ctx, swap, nil); err != nil {
		return fmt.Errorf("clear search index: %w", errors.Join(err, x.discard(ctx, fresh, err)))
	}
	return nil
}

// behindAlias returns the names of the indexes, which is one, that the alias stands for.
func (x *Index) behindAlias(ctx context.Context) (names []string, err error) {
	var behind map[string]any
	err = x.client.do(ctx, call{method: http.MethodGet, path: "/_alias/" + x.alias, timeout: searchTimeout}, &behind)
	if isRefusal(err, http.StatusNotFound) {
		return nil, nil // somebody has deleted it: this is how to get it back
	}
	for name := range behind {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, err
}

// discard removes an index that was refused to come into use, because somebody else was faster. Without a clear refusal it
// may be in use.
func (x *Index) discard(ctx context.Context, name string, why error) error {
	if !errors.As(why, new(*refusal)) {
		return nil
	}
	return x.client.do(ctx, call{method: http.MethodDelete, path: "/" + name, timeout: setUpTimeout}, nil)
}

// Stats describes the index for the health page. It fails where Elasticsearch does not answer soon.
func (x *Index) Stats(ctx context.Context) (map[string]any, error) {
	var answer struct {
		Aggregations struct {
			Kinds struct {
				Buckets []struct {
					Key   string `json:"key"`
					Count int    `json:"doc_count"`
				} `json:"buckets"`
			} `json:"kinds"`
		} `json:"aggregations"`
	}
	err := x.client.do(ctx, x.question(object{
		"size": 0, "aggs": object{"kinds": object{"terms": object{"field": fieldKind}}},
	}, pingTimeout), &answer)
	if err != nil {
		return nil, err
	}
	stats := map[string]any{"events": 0, "bookings": 0}
	for _, bucket := range answer.Aggregations.Kinds.Buckets {
		stats[bucket.Key+"s"] = bucket.Count
	}
	return stats, nil
}

// Close gives the connections back. It is idempotent, and called when nothing is under way.
func (x *Index) Close() error {
	x.client.http.CloseIdleConnections()
	return nil
}
