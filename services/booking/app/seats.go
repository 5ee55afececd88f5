package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/services/booking"
)

// otherEvents is the label of all events that have no series of their own.
const otherEvents = "other"

// seatsLeft is the gauge of seats left: a series each for the events with most seats taken, and one for all others, so
// that the number of series does not grow with the number of events. It is brought up to date by the auditor.
type seatsLeft struct {
	gauge *prometheus.GaugeVec
	most  int             // events with a series of their own
	shown map[string]bool // which those are
}

func newSeatsLeft(registerer prometheus.Registerer, most int) *seatsLeft {
	s := &seatsLeft{most: most, gauge: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "myevents_seats_left", Help: "Seats left of the events that sell most, by event id; of all others together as \"other\".",
	}, []string{"event"})}
	s.gauge.WithLabelValues(otherEvents).Set(0)
	registerer.MustRegister(s.gauge)
	return s
}

// update reads all inventories and sets the series anew, one by one: a scrape meanwhile must not find none.
func (s *seatsLeft) update(ctx context.Context, service *booking.Service) error {
	var all []booking.Inventory
	if err := service.EachInventory(ctx, func(i booking.Inventory) { all = append(all, i) }); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b booking.Inventory) int { return cmp.Compare(b.SeatsTaken, a.SeatsTaken) })
	own := all[:min(len(all), s.most)]
	before := s.shown
	s.shown = make(map[string]bool, len(own))
	for _, i := range own {
		s.gauge.WithLabelValues(i.Event.ID).Set(float64(i.SeatsLeft()))
		s.shown[i.Event.ID] = true
		delete(before, i.Event.ID)
	}
	for id := range before {
		s.gauge.DeleteLabelValues(id)
	}
	rest := 0
	for _, i := range all[len(own):] {
		rest += i.SeatsLeft()
	}
	s.gauge.WithLabelValues(otherEvents).Set(float64(rest))
	return nil
}
