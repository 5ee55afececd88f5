package drills_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/operations"
)

// TestSomebodyIsNotifiedOfEveryAlertInADrill reads the drills, so that no alert comes without one. Of a budget's page and ticket one
// is enough: the ticket looks back for days.
func TestSomebodyIsNotifiedOfEveryAlertInADrill(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.feature")
	require.NoError(t, err)
	rehearsed := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range regexp.MustCompile(`(?m)^ +(?:Then|And) "(\w+)" (?:pages|opens a ticket) within`).FindAllSubmatch(text, -1) {
			rehearsed[string(match[1])] = true
		}
	}
	alerts, err := operations.ReadAlerts(filepath.Join(root, "observability"))
	require.NoError(t, err)
	there := map[string]bool{}
	for _, a := range alerts {
		if a.Severity() != "none" { // Watchdog has to be there before anything is broken, and of ServiceWasDown nobody hears
			there[a.Name] = true
		}
	}
	require.Equal(t, slices.Sorted(maps.Keys(there)), slices.Sorted(maps.Keys(rehearsed)))
}
