// Command contracts writes the OpenAPI documents under contracts/openapi as the code describes them. `make generate`
// runs it; its test fails where a committed document differs.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/myevents/myevents/contracts/openapi"
	booking "github.com/myevents/myevents/services/booking/app"
	event "github.com/myevents/myevents/services/event/app"
	gateway "github.com/myevents/myevents/services/gateway/app"
	identity "github.com/myevents/myevents/services/identity/app"
	search "github.com/myevents/myevents/services/search/app"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(args []string, stderr io.Writer) int {
	if len(args) != 1 {
		_, _ = fmt.Fprintln(stderr, "usage: contracts DIRECTORY")
		return 2
	}
	if err := write(args[0]); err != nil {
		_, _ = fmt.Fprintln(stderr, "contracts:", err)
		return 1
	}
	return 0
}

func write(directory string) error {
	all, err := documents()
	if err != nil {
		return err
	}
	for name, body := range all {
		if err := os.WriteFile(filepath.Join(directory, name+".json"), body, 0o644); err != nil { //nolint:gosec // for everybody to read
			return fmt.Errorf("write document of %s: %w", name, err)
		}
	}
	return nil
}

// documents returns the documents by name: one a service, and "myevents" for the whole.
func documents() (map[string][]byte, error) {
	all := map[string][]byte{
		"booking":  booking.Document(),
		"event":    event.Document(),
		"gateway":  gateway.Document(),
		"identity": identity.Document(),
		"search":   search.Document(),
	}
	whole, err := openapi.Merge(all["gateway"], all["booking"], all["event"], all["identity"], all["search"])
	if err != nil {
		return nil, err
	}
	all["myevents"] = whole
	return all, nil
}
