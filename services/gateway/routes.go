// Package gateway is the platform's one public door. It forwards /api/v1 to the services, and answers itself only what
// is about all of them: the API description, the dead letters, the traces and the health of all.
package gateway

// The services behind the door.
const (
	Booking  = "booking"
	Event    = "event"
	Identity = "identity"
	Search   = "search"
)

// Services returns the names of the services behind the door, in alphabetical order.
func Services() []string { return []string{Booking, Event, Identity, Search} }

// Consumers returns those of them that handle messages, and so can have dead letters.
func Consumers() []string { return []string{Booking, Event, Search} }

// EventList is the path of the list of events, whose pages the gateway keeps for a moment.
const EventList = "/api/v1/events"

// Route sends the requests whose path matches Pattern to Service.
type Route struct {
	Pattern string // of a net/http ServeMux, without a method: the service answers 405 itself
	Service string
}

// Routes is the whole table. It names every path, not prefixes, for two reasons: what is not written here cannot be
// reached from outside, and the pattern is the route in the gateway's metrics and spans. The most specific pattern wins.
func Routes() []Route {
	return []Route{
		{"/api/v1/users", Identity},
		{"/api/v1/users/me", Identity},
		{"/api/v1/users/me/password", Identity},
		{"/api/v1/users/{id}/roles", Identity},
		{"/api/v1/sessions", Identity},
		{"/api/v1/sessions/current", Identity},

		{EventList, Event},
		{"/api/v1/events/{id}", Event},
		{"/api/v1/events/{id}/cancel", Event},
		{"/api/v1/locations", Event},
		{"/api/v1/locations/{id}", Event},

		{"/api/v1/events/{id}/bookings", Booking},
		{"/api/v1/bookings", Booking},
		{"/api/v1/bookings/{id}", Booking},

		{"/api/v1/search", Search},
		{"/api/v1/search/bookings", Search},
	}
}

// The paths of the operator's dead letters. The list spans all services and is made here; a letter goes to the service
// that its id names.
const (
	DeadLetters       = "/api/v1/operator/dead-letters"
	DeadLetter        = "/api/v1/operator/dead-letters/{id}"
	RequeueDeadLetter = "/api/v1/operator/dead-letters/{id}/requeue"
	DropDeadLetter    = "/api/v1/operator/dead-letters/{id}/drop"
)
