package steps_test

import (
	"io/fs"
	"reflect"
	"regexp"
	"testing"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features"
	"github.com/myevents/myevents/features/steps"
)

func TestASentenceMatchesAsAWhole(t *testing.T) {
	t.Parallel()
	expression, err := steps.Sentence{Text: "{person} books {n} seat(s) for {event}"}.Expression()
	require.NoError(t, err)

	require.Equal(t, []string{"Alice", "2", "Jazz Night"}, expression.FindStringSubmatch(`Alice books 2 seats for "Jazz Night"`)[1:])
	require.Equal(t, []string{"the organizer", "-1", ""}, expression.FindStringSubmatch(`the organizer books -1 seat for ""`)[1:])
	for _, other := range []string{
		`alice books 2 seats for "Jazz Night"`, `Alice books two seats for "Jazz Night"`, `Alice books 2 seats for Jazz Night`,
		`Alice books 2 seats for "Jazz Night" twice`, `Then Alice books 2 seats for "Jazz Night"`,
	} {
		require.False(t, expression.MatchString(other), other)
	}
}

func TestASentenceWithAnUnknownParameterIsRefused(t *testing.T) {
	t.Parallel()
	_, err := steps.Sentence{Text: "{animal} barks"}.Expression()
	require.ErrorContains(t, err, `"{animal} barks"`)
}

func TestEverySentenceHasAFunctionThatFits(t *testing.T) {
	t.Parallel()
	for _, topic := range steps.Topics() {
		for _, s := range topic.Sentences {
			expression, err := s.Expression()
			require.NoError(t, err, s.Text)
			arguments := 1 + expression.NumSubexp() // the context first
			if s.Text[len(s.Text)-1] == ':' {
				arguments++
			}
			require.Equal(t, arguments, reflect.TypeOf(s.Step).NumIn(), s.Text)
		}
	}
}

// A sentence that no feature says is a sentence that nobody knows to work.
func TestEveryStepIsOneSentenceAndEverySentenceIsUsed(t *testing.T) {
	t.Parallel()
	unused := map[string]*regexp.Regexp{}
	all := map[string]*regexp.Regexp{}
	for _, topic := range steps.Topics() {
		for _, s := range topic.Sentences {
			expression, err := s.Expression()
			require.NoError(t, err)
			require.NotContains(t, all, s.Text)
			all[s.Text], unused[s.Text] = expression, expression
		}
	}
	for _, text := range stepsOfAllFeatures(t) {
		var matches []string
		for sentence, expression := range all {
			if expression.MatchString(text) {
				matches = append(matches, sentence)
				delete(unused, sentence)
			}
		}
		require.Len(t, matches, 1, text)
	}
	require.Empty(t, unused)
}

func stepsOfAllFeatures(t *testing.T) (texts []string) {
	t.Helper()
	err := fs.WalkDir(features.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := features.Files.Open(name)
		require.NoError(t, err)
		document, err := gherkin.ParseGherkinDocument(file, (&messages.UUID{}).NewId)
		require.NoError(t, err, name)
		for _, pickle := range gherkin.Pickles(*document, name, (&messages.UUID{}).NewId) {
			for _, step := range pickle.Steps {
				texts = append(texts, step.Text)
			}
		}
		return file.Close()
	})
	require.NoError(t, err)
	require.NotEmpty(t, texts)
	return texts
}
