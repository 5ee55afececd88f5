package process

import (
	"strings"
	"time"

	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/telemetry/tracing"
)

// Config is what every process can be told, whatever it hosts.
type Config struct {
	Listen          string        `help:"Address of the API." default:":8080" getenv:"LISTEN_URL"`
	TLSListen       string        `help:"Address of the API over HTTPS; needs a certificate and a key." name:"tls-listen"`
	TLSCert         string        `help:"PEM file of the certificate." name:"tls-cert" placeholder:"FILE"`
	TLSKey          string        `help:"PEM file of the certificate's key." name:"tls-key" placeholder:"FILE"`
	AdminListen     string        `help:"Address of metrics, health, profiles and the commands." default:":9100"`
	AdminToken      config.Secret `help:"Bearer token of the admin port's commands."`
	Environment     string        `help:"deployment.environment.name of all telemetry." default:"development"`
	LogLevel        string        `help:"Lowest level logged: debug, info, warn or error." default:"info"`
	Deployed        int64         `help:"When this version was deployed, in Unix seconds; 0: at the start." name:"deployment-timestamp"`
	ShutdownTimeout time.Duration `help:"How long a stop may drain." default:"15s"`
	FaultFlags      string        `help:"File of flags that make the services fail on purpose, for drills." placeholder:"FILE"`

	Tracing tracing.Settings `embed:"" prefix:"otel-" group:"Traces"`
}

// DeployedAt returns when this version was deployed; now, where nobody said so.
func (c Config) DeployedAt() time.Time {
	if c.Deployed == 0 {
		return time.Now()
	}
	return time.Unix(c.Deployed, 0)
}

// Address returns a listen address from what a person may write: host:port, or a URL whose host and port count.
func Address(listen string) string {
	if _, rest, found := strings.Cut(listen, "://"); found {
		listen = rest
	}
	return strings.TrimSuffix(listen, "/")
}
