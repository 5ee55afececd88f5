package stack

import (
	"context"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/features/doors"
)

// shipLogs has the lines of the services shipped, where there is an Elasticsearch: that of the search index.
func (s *Stack) shipLogs(ctx context.Context) error {
	for _, store := range s.stores {
		if store.Name() != containers.Elasticsearch().Name {
			continue
		}
		if err := containers.LoadLogs(ctx, store); err != nil {
			return err
		}
		part, err := containers.Filebeat(store.Name())
		if err != nil {
			return err
		}
		s.lines = doors.NewElasticsearch("http://" + store.Address("9200/tcp") + "/logs-*")
		s.shipper, err = containers.Start(ctx, part)
		return err
	}
	return nil
}
