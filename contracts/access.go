package contracts

import "github.com/myevents/myevents/platform/auth"

// Access is the one authorization table: operation × roles × ownership. Every operation of the OpenAPI documents is in
// it (a test walks them), and an operation that is not cannot be registered.
//
//	public   signed in   organizer   operator   whose
func Access() auth.Table {
	var (
		public    = auth.Rule{Public: true}
		own       = auth.Rule{Owner: auth.Callers}
		organizer = auth.Rule{Roles: []string{auth.RoleOrganizer}}
		ownEvents = auth.Rule{Roles: []string{auth.RoleOrganizer}, Owner: auth.Callers}
		operator  = auth.Rule{Roles: []string{auth.RoleOperator}}
	)
	return auth.Table{
		"create-user":            public,
		"get-own-user":           own,
		"change-password":        own,
		"set-user-roles":         operator,
		"create-session":         public,
		"renew-session":          own,
		"delete-session":         own,
		"create-browser-session": public,
		"renew-browser-session":  own,
		"delete-browser-session": public, // a cookie that signs nobody in can be cleared, too
		"get-browser-settings":   public,
		"report-browser-spans":   public,
		"watch-seats":            public,
		"list-events":            public,
		"get-event":              public,
		"create-event":           organizer,
		"change-event":           ownEvents,
		"cancel-event":           ownEvents,
		"list-locations":         public,
		"get-location":           public,
		"create-location":        organizer,
		"change-location":        ownEvents,
		"create-booking":         own,
		"list-bookings":          own,
		"get-booking":            own,
		"cancel-booking":         own,
		"search-events":          public,
		"search-bookings":        own,
		"list-dead-letters":      operator,
		"get-dead-letter":        operator,
		"requeue-dead-letter":    operator,
		"drop-dead-letter":       operator,
		"list-traces":            operator,
		"get-trace":              operator,
		"get-health":             operator,
	}
}
