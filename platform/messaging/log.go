package messaging

import (
	"github.com/ThreeDotsLabs/watermill"
	"github.com/rs/zerolog"
)

// routerLog brings the router's log lines into the service's log. What Watermill calls information is news of its insides,
// so it goes to debug; traces, a few a message, go nowhere.
type routerLog struct {
	log zerolog.Logger
}

func newRouterLog(log zerolog.Logger) watermill.LoggerAdapter { return routerLog{log: log} }

func (l routerLog) Error(msg string, err error, fields watermill.LogFields) {
	l.log.Error().Err(err).Fields(map[string]any{"watermill": fields}).Str("event.action", "messaging.router").Msg(msg)
}

func (l routerLog) Info(msg string, fields watermill.LogFields) { l.Debug(msg, fields) }

func (l routerLog) Debug(msg string, fields watermill.LogFields) {
	l.log.Debug().Fields(map[string]any{"watermill": fields}).Str("event.action", "messaging.router").Msg(msg)
}

func (routerLog) Trace(string, watermill.LogFields) {}

func (l routerLog) With(fields watermill.LogFields) watermill.LoggerAdapter {
	return routerLog{log: l.log.With().Fields(map[string]any{"watermill": fields}).Logger()}
}
