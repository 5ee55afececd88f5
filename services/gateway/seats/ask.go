package seats

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/forward"
)

// AskEvents returns a Feed's Ask that asks the event service.
func AskEvents(s *forward.Service) func(ctx context.Context, ids []string) ([]Seats, error) {
	return func(ctx context.Context, ids []string) ([]Seats, error) {
		query := url.Values{"id": ids, "limit": {strconv.Itoa(maxQuestion)}}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL(gateway.EventList)+"?"+query.Encode(), nil)
		if err != nil {
			return nil, fmt.Errorf("ask for seats: %w", err)
		}
		answer, err := s.Do(r)
		if err != nil {
			return nil, fmt.Errorf("ask for seats: %w", err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("ask for seats: %s", answer.Status)
		}
		var page struct {
			Items []struct {
				ID        string `json:"id"`
				Version   int64  `json:"version"`
				Status    string `json:"status"`
				SeatsLeft int    `json:"seats_left"`
			} `json:"items"`
		}
		if err := json.NewDecoder(answer.Body).Decode(&page); err != nil {
			return nil, fmt.Errorf("read seats: %w", err)
		}
		seats := make([]Seats, len(page.Items))
		for i, e := range page.Items {
			seats[i] = Seats{EventID: e.ID, SeatsLeft: e.SeatsLeft, Status: e.Status, Version: e.Version}
		}
		return seats, nil
	}
}
