package process

import (
	"time"

	"github.com/rs/zerolog"
)

// LogCertificates returns what a server tells of each certificate it has read: until when it is valid.
func LogCertificates(log zerolog.Logger) func(expires time.Time) {
	return func(expires time.Time) {
		log.Info().Str("event.action", "certificate.loaded").Str("tls.server.not_after", expires.UTC().Format(time.RFC3339)).
			Msg("the certificate was read")
	}
}
