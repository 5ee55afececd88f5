package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/features/worlds"
)

func (s *scenario) messageSentences() []Sentence {
	return []Sentence{
		{"all messages of the {service} service arrive again", "@embedded", s.messagesAgain},
		{"all messages of the {service} service arrive again in reverse order", "@embedded", s.messagesReversed},
		{"a message {text} with the data {json} arrives", "The text is its type, such as event.changed. @embedded", s.messageArrives},
		{"a message that is no message arrives for the topic {text}", "@embedded", s.nonsenseArrives},
		{"the {service} service fails {n} time(s) to handle {text}", "The text is a message type. @embedded", s.serviceFails},
		{"{person} lists the dead letters", "", s.listsLetters},
		{"the operator finds a dead letter of the {service} service",
			"Waits for it; the sentences about the dead letter mean this one.", s.findsLetter},
		{"the operator finds no dead letter of the {service} service", "Waits for it.", s.findsNoLetter},
		{"the dead letter tells of {n} failure(s)", "", s.letterFailures},
		{"the dead letter holds the message {text}", "The text is a message type.", s.letterType},
		{"{person} requeues the dead letter", "", s.requeues},
		{"{person} drops the dead letter", "", s.drops},
		{"there is no dead letter", "Looks once everything is delivered and handled. @embedded", s.noLetters},
	}
}

// outbox returns all messages a service has ever sent, oldest first.
func (s *scenario) outbox(ctx context.Context, service string) ([]message, error) {
	var all []message
	for after := int64(0); ; {
		if err := s.admin(ctx, service, http.MethodGet, fmt.Sprintf("/outbox?after=%d&limit=100", after)); err != nil {
			return nil, err
		}
		var page struct {
			Items []message
			Next  int64
		}
		if err := s.last.decode(&page); err != nil {
			return nil, err
		}
		if len(page.Items) == 0 {
			return all, nil
		}
		all, after = append(all, page.Items...), page.Next
	}
}

// message is an entry of an outbox.
type message struct {
	Topic string
	Event json.RawMessage
}

func (s *scenario) messagesAgain(ctx context.Context, service string) error {
	messages, err := s.outbox(ctx, service)
	if err != nil {
		return err
	}
	return s.deliver(ctx, messages)
}

func (s *scenario) messagesReversed(ctx context.Context, service string) error {
	messages, err := s.outbox(ctx, service)
	if err != nil {
		return err
	}
	slices.Reverse(messages)
	return s.deliver(ctx, messages)
}

func (s *scenario) deliver(ctx context.Context, messages []message) error {
	world, err := need[worlds.Controls](s)
	if err != nil {
		return err
	}
	if len(messages) == 0 {
		return fmt.Errorf("there is no message to deliver")
	}
	for _, m := range messages {
		if err := world.Publish(ctx, m.Topic, m.Event); err != nil {
			return err
		}
	}
	return s.everythingHandled(ctx)
}

func (s *scenario) messageArrives(ctx context.Context, kind, data string) error {
	world, err := need[worlds.Controls](s)
	if err != nil {
		return err
	}
	topic, _, _ := strings.Cut(kind, ".")
	document := fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/test","type":%q,"subject":"test","time":%q,`+
		`"datacontenttype":"application/json","data":%s}`, randomHex(16), kind, s.now().UTC().Format(time.RFC3339), data)
	return world.Publish(ctx, topic, []byte(document))
}

func (s *scenario) nonsenseArrives(ctx context.Context, topic string) error {
	world, err := need[worlds.Controls](s)
	if err != nil {
		return err
	}
	return world.Publish(ctx, topic, []byte("no message"))
}

func (s *scenario) serviceFails(_ context.Context, service string, times int, messageType string) error {
	world, err := need[worlds.Controls](s)
	if err != nil {
		return err
	}
	world.FailConsumer(service, messageType, times)
	return nil
}

const lettersPath = "/api/v1/operator/dead-letters"

func (s *scenario) listsLetters(ctx context.Context, who string) error {
	return s.sendAs(ctx, who, http.MethodGet, lettersPath, "")
}

// lettersOf returns the ids of a service's dead letters.
func (s *scenario) lettersOf(ctx context.Context, service string) ([]string, error) {
	if err := s.listsLetters(ctx, theOperator); err != nil {
		return nil, err
	}
	if err := s.last.want(http.StatusOK); err != nil {
		return nil, err
	}
	var page struct{ Items []struct{ ID string } }
	if err := s.last.decode(&page); err != nil {
		return nil, err
	}
	var found []string
	for _, letter := range page.Items {
		if strings.HasPrefix(letter.ID, service+".") {
			found = append(found, letter.ID)
		}
	}
	return found, nil
}

func (s *scenario) findsLetter(ctx context.Context, service string) error {
	return eventually(ctx, func(ctx context.Context) error {
		found, err := s.lettersOf(ctx, service)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return s.last.unlike("the %s service should have one dead letter", service)
		}
		s.letter = found[0]
		return nil
	})
}

func (s *scenario) findsNoLetter(ctx context.Context, service string) error {
	return eventually(ctx, func(ctx context.Context) error {
		found, err := s.lettersOf(ctx, service)
		if err != nil {
			return err
		}
		if len(found) != 0 {
			return s.last.unlike("the %s service should have no dead letter", service)
		}
		return nil
	})
}

func (s *scenario) noLetters(ctx context.Context) error {
	if err := s.everythingHandled(ctx); err != nil {
		return err
	}
	found, err := s.lettersOf(ctx, "")
	if err != nil {
		return err
	}
	if len(found) != 0 {
		return s.last.unlike("there should be no dead letter")
	}
	return nil
}

// openLetter returns the dead letter that was found.
func (s *scenario) openLetter(ctx context.Context) (letter struct {
	Type     string
	Failures []struct{ Error string }
}, err error) {
	if err := s.sendAs(ctx, theOperator, http.MethodGet, lettersPath+"/"+s.letter, ""); err != nil {
		return letter, err
	}
	if err := s.last.want(http.StatusOK); err != nil {
		return letter, err
	}
	return letter, s.last.decode(&letter)
}

func (s *scenario) letterFailures(ctx context.Context, want int) error {
	letter, err := s.openLetter(ctx)
	if err != nil {
		return err
	}
	if len(letter.Failures) != want || slices.ContainsFunc(letter.Failures, func(f struct{ Error string }) bool { return f.Error == "" }) {
		return s.last.unlike("the dead letter should tell of %d failures", want)
	}
	return nil
}

func (s *scenario) letterType(ctx context.Context, want string) error {
	letter, err := s.openLetter(ctx)
	if err != nil {
		return err
	}
	if letter.Type != want {
		return s.last.unlike("the dead letter should hold the message %s", want)
	}
	return nil
}

func (s *scenario) requeues(ctx context.Context, who string) error {
	return s.sendAs(ctx, who, http.MethodPost, lettersPath+"/"+s.letter+"/requeue", "")
}

func (s *scenario) drops(ctx context.Context, who string) error {
	return s.sendAs(ctx, who, http.MethodPost, lettersPath+"/"+s.letter+"/drop", "")
}
