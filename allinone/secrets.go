package allinone

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/myevents/myevents/platform/config"
)

// secrets are what a data directory keeps so that a restart, and the commands beside a running server, find them.
type secrets struct {
	AdminToken string `json:"admin_token"` // opens the authenticated half of the admin port
	Pepper     string `json:"pepper"`      // without it no stored password can be checked again
}

// loadSecrets reads dir's secrets, or makes them where there are none. The file is readable by its owner only.
func loadSecrets(dir string) (secrets, error) {
	path := filepath.Join(dir, "secrets.json")
	found, err := readSecrets(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	made := secrets{AdminToken: rand.Text(), Pepper: rand.Text()}
	body, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		return secrets{}, fmt.Errorf("encode secrets: %w", err)
	}
	if err := writeWhole(path, body); err != nil {
		return secrets{}, fmt.Errorf("keep secrets: %w", err)
	}
	return made, nil
}

func readSecrets(path string) (secrets, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return secrets{}, err
	}
	var s secrets
	if err := json.Unmarshal(body, &s); err != nil {
		return secrets{}, fmt.Errorf("read %s: %w", path, err)
	}
	return s, nil
}

// writeWhole writes a file that is there completely or not at all, even after a power cut.
func writeWhole(path string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// AdminToken returns the admin token kept in a data directory, for a command run beside the server.
func AdminToken(dir string) (config.Secret, error) {
	s, err := readSecrets(filepath.Join(dir, "secrets.json"))
	if err != nil {
		return "", fmt.Errorf("no admin token in %s (is it the server's --data?): %w", dir, err)
	}
	return config.Secret(s.AdminToken), nil
}
