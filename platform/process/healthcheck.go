package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Healthcheck is the command by which a container engine asks a process in an image without a shell how it is. It asks for
// readiness, not for life: what waits for a healthy container wants to send it traffic, and no engine restarts an unhealthy
// one. A container is unhealthy while its store is away, not while the broker is, without which the services work on.
type Healthcheck struct {
	AdminListen string `help:"Address the process's admin port listens on." default:":9100"`
}

const (
	// healthcheckTime is longer than the second the process gives its own checks.
	healthcheckTime = 2 * time.Second
	// maxHealthAnswer is more than an answer of /readyz has.
	maxHealthAnswer = 4 << 10
)

var errNotReady = errors.New("not ready")

// Run prints one line to stdout where the process is ready, and fails within two seconds where it is not.
func (h Healthcheck) Run(ctx context.Context, stdout io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckTime)
	defer cancel()
	// An address without a host, such as :9100, is this machine's to whoever dials, as it is to whoever listens.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+Address(h.AdminListen)+"/readyz", http.NoBody)
	if err != nil {
		return fmt.Errorf("admin address: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy, whatever the environment says
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxHealthAnswer))
	if err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s %s", errNotReady, res.Status, bytes.TrimSpace(answer))
	}
	_, err = fmt.Fprintln(stdout, "ready")
	return err
}
