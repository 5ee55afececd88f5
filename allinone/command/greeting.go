package command

import (
	"io"
	"text/template"

	"github.com/myevents/myevents/allinone"
)

// greeting is what a person sees when the platform is up: where it is, and with the demo data what to try first.
const greeting = `
MyEvents is up.
  API       {{.Gateway}}/api/v1
  API docs  {{.Gateway}}/docs
  metrics   {{.Admin}}/metrics
  health    {{.Admin}}/healthz?verbose
{{- if .Demo}}

Sign in as a demo customer, book two seats, look at the booking:

  TOKEN=$(curl -s {{.Gateway}}/api/v1/sessions -H 'Content-Type: application/json' -d '{"email":"{{.Email}}","password":"{{.Password}}"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
  BOOKING=$(curl -s {{.Gateway}}/api/v1/events/{{.Event}}/bookings -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $(date +%s)" -H 'Content-Type: application/json' -d '{"seats":2}' | sed 's/.*"id":"\([^"]*\)".*/\1/')
  curl -s {{.Gateway}}/api/v1/bookings/$BOOKING -H "Authorization: Bearer $TOKEN"

The demo's other sign-ins are in docs/demo.md. Ctrl-C stops the platform.
{{- end}}
`

func greet(w io.Writer, app *allinone.App, demo bool) error {
	return template.Must(template.New("greeting").Parse(greeting)).Execute(w, map[string]any{
		"Gateway": app.GatewayURL(), "Admin": app.AdminURL(), "Demo": demo,
		"Email": allinone.DemoCustomer, "Password": allinone.DemoPassword, "Event": app.DemoEvent(),
	})
}
