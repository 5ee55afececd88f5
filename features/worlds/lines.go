package worlds

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/myevents/myevents/contracts/logs"
)

// mostBroken is how many lines that break a rule are named.
const mostBroken = 5

// schema is compiled once: it never changes.
var schema = sync.OnceValues(logs.NewSchema)

// InOrder fails with the log lines that are not as their schema says, each with the rule it breaks.
func InOrder(text string) error {
	rules, err := schema()
	if err != nil {
		return err
	}
	var broken []error
	for line := range strings.Lines(text) {
		if err := rules.Validate([]byte(line)); err != nil {
			broken = append(broken, err)
		}
	}
	if len(broken) > mostBroken {
		broken = append(broken[:mostBroken], fmt.Errorf("and %d more lines", len(broken)-mostBroken))
	}
	return errors.Join(broken...)
}
