package load

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Save writes a report as JSON.
func Save(path string, report any) error {
	body, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, append(body, '\n'), 0o600)
}
