package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"time"

	"github.com/cucumber/godog"
	messages "github.com/cucumber/messages/go/v21"
	"github.com/openzipkin/zipkin-go/model"

	"github.com/myevents/myevents/features/worlds"
)

// openTimeout bounds the start of a scenario's world, closeTimeout its stop.
const (
	openTimeout  = 60 * time.Second
	closeTimeout = 30 * time.Second
)

// scenario is what one scenario knows: its world, the people and things in it, and the last answer. Scenarios share
// nothing, so they run in parallel.
type scenario struct {
	world     worlds.World
	client    *client
	mark      string        // one word, added to every name and e-mail, so that scenarios of a shared world do not meet
	ahead     time.Duration // how far the platform's clock was advanced
	people    map[string]*person
	events    map[string]string // ids by the name in the feature file
	locations map[string]string
	bookings  map[string]string // the last booking made, by person
	last      *exchange
	previous  *exchange
	listed    listing           // the last list asked for
	crowd     []*exchange       // the answers to requests made at the same time
	letter    string            // id of the dead letter that was looked at
	copies    map[string]string // of services, as noted
	seller    *seller
	watch     *watch
	caller    caller    // what requests say of their trace
	followed  *exchange // whose trace the sentences about the trace mean; nil: that of the last answer
	noted     time.Time // when the metrics were noted; the zero time: never
	secrets   []string  // what people have entered and been given, and nobody else may ever see
}

// Register adds the sentences to a godog scenario, which runs in a world of the source. Told returns what the report of a
// failed step shows: what the world's services have logged, and the trace of the step's requests or, where it sent none, of
// the last answer. Either is empty where the world does not keep it.
func Register(sc *godog.ScenarioContext, source worlds.Source) (told func(context.Context) (logs, trace string), err error) {
	s := &scenario{
		mark: randomWord(), people: map[string]*person{}, events: map[string]string{}, locations: map[string]string{},
		bookings: map[string]string{}, copies: map[string]string{}, caller: caller{headers: "W3C", sampled: true},
	}
	sc.Before(func(ctx context.Context, p *godog.Scenario) (context.Context, error) {
		return ctx, s.begin(ctx, source, p.Tags)
	})
	sc.After(func(ctx context.Context, _ *godog.Scenario, _ error) (context.Context, error) { return ctx, s.end() })
	sc.StepContext().Before(func(ctx context.Context, _ *godog.Step) (context.Context, error) {
		return withTrace(ctx, s.caller), nil
	})
	sc.StepContext().After(func(ctx context.Context, _ *godog.Step, status godog.StepResultStatus, _ error) (context.Context, error) {
		if status == godog.StepUndefined {
			return ctx, errors.New("there is no such sentence; README.md lists those there are")
		}
		return ctx, nil
	})
	for _, topic := range s.topics() {
		for _, sentence := range topic.Sentences {
			expression, err := sentence.Expression()
			if err != nil {
				return nil, err
			}
			sc.Step(expression, sentence.Step)
		}
	}
	return s.told, nil
}

// Topics returns every sentence of the feature files, in the order of the list in features/README.md.
func Topics() []Topic { return (&scenario{}).topics() }

func (s *scenario) topics() []Topic {
	return []Topic{
		{"People", s.peopleSentences()},
		{"Events", s.eventSentences()},
		{"Locations", s.locationSentences()},
		{"Bookings", s.bookingSentences()},
		{"Search", s.searchSentences()},
		{"The web page", s.pageSentences()},
		{"Answers", s.answerSentences()},
		{"Services and time", s.platformSentences()},
		{"Messages and dead letters", s.messageSentences()},
		{"Replay", s.replaySentences()},
		{"Traces", s.traceSentences()},
		{"Metrics", s.metricSentences()},
		{"Logs", s.logSentences()},
	}
}

func (s *scenario) begin(ctx context.Context, source worlds.Source, tags []*messages.PickleTag) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	world, err := source(ctx)
	if err != nil {
		return fmt.Errorf("open the world: %w", err)
	}
	s.world = world
	s.client = newClient(world.Gateway())
	for _, tag := range tags {
		if err := s.needDoor(tag.Name); err != nil {
			return err
		}
	}
	return nil
}

// needDoor makes godog skip a scenario that looks at telemetry through a door that this world has not. The report shows
// it, with the reason.
func (s *scenario) needDoor(tag string) error {
	missing := map[string]bool{"@traces": s.world.Traces() == nil, "@metrics": s.world.Metrics() == nil, "@logs": s.world.Logs() == nil}
	if !missing[tag] {
		return nil
	}
	setting := map[string]string{"@traces": "ZIPKIN_URL", "@metrics": "PROMETHEUS_URL", "@logs": "ELASTICSEARCH_URL"}[tag]
	return fmt.Errorf("%w: nobody can look at the %s of this world; set %s", godog.ErrSkip, tag[1:], setting)
}

// end has a context of its own: the scenario's may have ended already. A platform that was the scenario's own must have
// kept its secrets.
func (s *scenario) end() error {
	if s.world == nil {
		return nil // it did not open
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = s.seller.stop() // a scenario that cares says so in a step
	s.watch.stop()
	s.client.close()
	var leaks error
	if _, own := s.world.(worlds.Controls); own {
		leaks = s.nothingLeaks(ctx)
	}
	return errors.Join(leaks, s.world.Close(ctx))
}

func (s *scenario) told(ctx context.Context) (logs, trace string) {
	if world, ok := s.world.(worlds.Transcript); ok {
		logs = world.Transcript()
	}
	id := cmp.Or(TraceID(ctx), s.traceID())
	if s.world == nil || s.world.Traces() == nil || id == "" {
		return logs, ""
	}
	spans, err := s.world.Traces().Trace(ctx, id)
	if err != nil {
		return logs, err.Error()
	}
	for i, span := range spans {
		if serviceOf(span) == "gateway" && span.Kind == model.Server {
			spans[i].ParentID = nil // it names this scenario as its caller
		}
	}
	return logs, id + "\n" + tree{spans: spans}.String()
}

// send sends a request and keeps the answer for the sentences that look at it.
func (s *scenario) send(ctx context.Context, r request) error {
	e, err := s.client.do(ctx, r)
	if err != nil {
		return err
	}
	s.previous, s.last = s.last, e
	return nil
}

// call sends a request that must succeed, decodes its answer into out (nil: ignored) and does not count as the last one.
func (s *scenario) call(ctx context.Context, r request, status int, out any) error {
	e, err := s.client.do(ctx, r)
	if err != nil {
		return err
	}
	if err := e.want(status); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	return e.decode(out)
}

// now is the platform's time.
func (s *scenario) now() time.Time { return time.Now().Add(s.ahead) }

// unique returns the name as the platform knows it; plain undoes it in an answer.
func (s *scenario) unique(name string) string { return name + " " + s.mark }

func (s *scenario) plain(answer []byte) []byte {
	return regexp.MustCompile(` (<mark>)?`+s.mark+`(</mark>)?`).ReplaceAll(answer, nil)
}

// need returns the world as one that can do more, or says why the scenario cannot run here.
func need[T any](s *scenario) (T, error) {
	able, ok := s.world.(T)
	if !ok {
		return able, fmt.Errorf("this world cannot do that: tag the scenario @embedded or @exclusive")
	}
	return able, nil
}

func randomWord() string {
	word := make([]byte, 8)
	for i := range word {
		word[i] = "bcdfghjklmnpqrtvwxz"[rand.N(19)] // no vowels, no final s: a stemmer leaves it alone
	}
	return string(word)
}
