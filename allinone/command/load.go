package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/myevents/myevents/allinone/crowd"
	"github.com/myevents/myevents/platform/config"
)

// load lets made-up users come to a live platform.
type load struct {
	URL              string        `help:"Gateway of the platform." default:"http://localhost:8080" getenv:"LOAD_URL"`
	Rate             float64       `help:"Visits a second, each of one to four requests." default:"20" getenv:"LOAD_RATE"`
	Duration         time.Duration `help:"How long; 0: until it is stopped." default:"0" getenv:"LOAD_DURATION"`
	People           int           `help:"Regular customers, each of whom does one thing at a time." default:"25" getenv:"LOAD_PEOPLE"`
	Seed             uint64        `help:"The same one makes the same visits." default:"1" getenv:"LOAD_SEED"`
	OperatorEmail    config.Secret `help:"Who makes an organizer, whose events alone are sold then; signs up where new." placeholder:"EMAIL"`
	OperatorPassword config.Secret `help:"Password of the operator."`
}

// loadLines is the time between two lines of how it goes.
const loadLines = 5 * time.Second

func (l *load) run(ctx context.Context, stdout io.Writer) error {
	if err := l.check(); err != nil {
		return fmt.Errorf("%w: %w", config.ErrInvalid, err)
	}
	return crowd.Run(ctx, crowd.Options{
		URL: strings.TrimRight(l.URL, "/"), Rate: l.Rate, Duration: l.Duration, People: l.People, Seed: l.Seed,
		Operator: crowd.Account{Email: l.OperatorEmail.Reveal(), Password: l.OperatorPassword.Reveal()},
		Every:    loadLines, Out: stdout,
	})
}

func (l *load) check() error {
	switch u, err := url.Parse(l.URL); {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("--url %q must look like https://shop.example", l.URL)
	case l.Rate <= 0 || l.People <= 0 || l.Duration < 0:
		return errors.New("--rate and --people must be above 0, --duration must not be below")
	case (l.OperatorEmail == "") != (l.OperatorPassword == ""):
		return errors.New("--operator-email and --operator-password go together")
	default:
		return nil
	}
}
