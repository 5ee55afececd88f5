package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// profile takes a CPU profile of the platform for the length of a measurement, where the run was asked for profiles. The
// returned function waits until it is written.
func (b *bench) profile(ctx context.Context, p *child, name string) func() error {
	if b.profiles == "" {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() { done <- b.saveProfile(ctx, p, name) }()
	return func() error { return <-done }
}

func (b *bench) saveProfile(ctx context.Context, p *child, name string) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.admin, max(1, int(b.duration.Seconds())))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: b.duration + callTimeout} // the answer comes when the profile is taken
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("profile of %s: %w", name, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("profile of %s: %w", name, err)
	}
	if err := os.MkdirAll(b.profiles, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.profiles, name+".pprof"), body, 0o600)
}
