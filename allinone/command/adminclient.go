package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/platform/config"
)

// adminClient calls the admin ports of a live platform: one for all services, or one each.
type adminClient struct {
	Admin      string            `help:"Admin port of the process." default:"http://127.0.0.1:9100"`
	AdminPeers map[string]string `help:"Admin ports of services that run in processes of their own." placeholder:"NAME=URL;..."`
	AdminToken config.Secret     `help:"Bearer token of the admin port."`
	Data       string            `help:"Data directory of a server on this machine; its admin token is kept there." placeholder:"DIR"`
}

// adminTimeout bounds one call; a replay of a long history is the slowest.
const adminTimeout = 10 * time.Minute

// call sends a request to /admin/<service>/<path> and decodes the answer into `into` unless that is nil.
func (c *adminClient) call(ctx context.Context, method, service, path string, into any) error {
	token, err := c.token()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base(service)+"/admin/"+service+"/"+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("admin address: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	client := &http.Client{Timeout: adminTimeout}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("reach the %s service (is the platform running?): %w", service, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read the %s service's answer: %w", service, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return refusal(service, res.Status, body)
	}
	if into == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("decode the %s service's answer: %w", service, err)
	}
	return nil
}

func (c *adminClient) token() (config.Secret, error) {
	switch {
	case c.AdminToken != "":
		return c.AdminToken, nil
	case c.Data != "":
		return allinone.AdminToken(c.Data)
	default:
		return "", fmt.Errorf("%w: --admin-token or --data is needed to open the admin port", config.ErrInvalid)
	}
}

func (c *adminClient) base(service string) string {
	if url, ok := c.AdminPeers[service]; ok {
		return strings.TrimSuffix(url, "/")
	}
	return strings.TrimSuffix(c.Admin, "/")
}

// refusal turns a problem document into an error a person can act on.
func refusal(service, status string, body []byte) error {
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(body, &problem) != nil || problem.Detail == "" {
		return fmt.Errorf("the %s service answered %s", service, status)
	}
	return fmt.Errorf("the %s service answered %s: %s", service, status, problem.Detail)
}
