package command

import (
	_ "embed"
	"io"
	"text/template"

	"github.com/myevents/myevents/allinone"
)

// greeting is what a person sees when the platform is up: where it is, and with the demo data what to try first.
//
//go:embed greeting.txt
var greeting string

func greet(w io.Writer, app *allinone.App, demo bool) error {
	return template.Must(template.New("greeting").Parse(greeting)).Execute(w, map[string]any{
		"Gateway": app.GatewayURL(), "Admin": app.AdminURL(), "Demo": demo,
		"Email": allinone.DemoCustomer, "Password": allinone.DemoPassword, "Event": app.DemoEvent(),
	})
}
