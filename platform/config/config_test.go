package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/config"
)

type shared struct {
	Listen string        `help:"Address of the API." default:":8080" getenv:"LISTEN_URL"`
	Token  config.Secret `help:"Opens the door."`
}

type settings struct {
	shared  `embed:""`
	Ratio   float64           `default:"1"`
	Burst   int               `default:"5"`
	Timeout time.Duration     `default:"15s"`
	Demo    bool              `help:"Load the demo data."`
	Origins []string          `placeholder:"URL"`
	Peers   map[string]string `placeholder:"NAME=URL"`
	Level   string            `default:"info" enum:"debug,info"`
	Store   struct {
		URL string `default:"sqlite:a.db"`
	} `embed:"" prefix:"store-"`
}

func parse(t *testing.T, env map[string]string, args ...string) (settings, error) {
	t.Helper()
	var s settings
	err := config.Parse("shop", "Sells.", &s, args, func(name string) string { return env[name] }, &bytes.Buffer{})
	return s, err
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	path := file(t, `{"listen": "file"}`)
	env := map[string]string{"LISTEN_URL": "environment"}

	s, err := parse(t, nil)
	require.NoError(t, err)
	require.Equal(t, ":8080", s.Listen)

	s, err = parse(t, nil, "--config", path)
	require.NoError(t, err)
	require.Equal(t, "file", s.Listen)

	s, err = parse(t, env, "--config", path)
	require.NoError(t, err)
	require.Equal(t, "environment", s.Listen)

	s, err = parse(t, env, "--config", path, "--listen", "flag")
	require.NoError(t, err)
	require.Equal(t, "flag", s.Listen)
}

func TestEveryTypeFromEverySource(t *testing.T) {
	t.Parallel()
	path := file(t, `{"ratio": 0.5, "burst": 7, "timeout": "2s", "demo": true, "origins": ["http://a", "http://b"],
		"peers": {"event": "http://e"}, "token": "s3cret", "store_url": "sqlite:b.db"}`)
	env := map[string]string{
		"RATIO": "0.5", "BURST": "7", "TIMEOUT": "2s", "DEMO": "true", "ORIGINS": "http://a,http://b",
		"PEERS": "event=http://e", "TOKEN": "s3cret", "STORE_URL": "sqlite:b.db",
	}
	flags := []string{
		"--ratio=0.5", "--burst=7", "--timeout=2s", "--demo", "--origins=http://a,http://b", "--peers=event=http://e",
		"--token=s3cret", "--store-url=sqlite:b.db",
	}
	for name, source := range map[string]func() (settings, error){
		"flags":                 func() (settings, error) { return parse(t, nil, flags...) },
		"environment":           func() (settings, error) { return parse(t, env) },
		"file":                  func() (settings, error) { return parse(t, nil, "--config="+path) },
		"file named by $CONFIG": func() (settings, error) { return parse(t, map[string]string{"CONFIG": path}) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := source()
			require.NoError(t, err)
			require.InDelta(t, 0.5, s.Ratio, 0)
			require.Equal(t, 7, s.Burst)
			require.Equal(t, 2*time.Second, s.Timeout)
			require.True(t, s.Demo)
			require.Equal(t, []string{"http://a", "http://b"}, s.Origins)
			require.Equal(t, map[string]string{"event": "http://e"}, s.Peers)
			require.Equal(t, "s3cret", s.Token.Reveal())
			require.Equal(t, "sqlite:b.db", s.Store.URL)
		})
	}
}

func TestTheProcessEnvironmentIsNotRead(t *testing.T) {
	t.Setenv("LISTEN_URL", "from the process")
	s, err := parse(t, nil)
	require.NoError(t, err)
	require.Equal(t, ":8080", s.Listen)
}

func TestMistakesNameTheCulprit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file string // not used where empty
		env  map[string]string
		args []string
		says []string
	}{
		"unknown keys, all of them": {
			file: `{"listne": "x", "listen": "y", "bust": 1}`, says: []string{"shop.json", "unknown keys: bust, listne"},
		},
		"config is no key":        {file: `{"config": "x"}`, says: []string{"unknown keys: config"}},
		"text for a number":       {file: `{"burst": "many"}`, says: []string{"burst", "must be a number"}},
		"fraction for an integer": {file: `{"burst": 1.5}`, says: []string{"--burst", "int"}},
		"number for text":         {file: `{"listen": 8080}`, says: []string{"listen", "must be a string"}},
		"number for a duration":   {file: `{"timeout": 15}`, says: []string{"timeout", "must be a string"}},
		"nonsense for a duration": {file: `{"timeout": "soon"}`, says: []string{"--timeout", "duration"}},
		"text for a switch":       {file: `{"demo": "yes"}`, says: []string{"demo", "true or false"}},
		"text for a list":         {file: `{"origins": "a"}`, says: []string{"origins", "an array"}},
		"text for a map":          {file: `{"peers": "a"}`, says: []string{"peers", "an object"}},
		"null":                    {file: `{"listen": null}`, says: []string{"listen", "must be a string"}},
		"not JSON":                {file: `listen: x`, says: []string{"shop.json", "JSON object"}},
		"two objects":             {file: `{} {}`, says: []string{"shop.json", "nothing after it"}},
		"missing file":            {args: []string{"--config", "/does/not/exist.json"}, says: []string{"/does/not/exist.json"}},
		"bad variable":            {env: map[string]string{"BURST": "many"}, says: []string{"--burst", "BURST", "int"}},
		"not one of the choices":  {env: map[string]string{"LEVEL": "loud"}, says: []string{"--level", "debug"}},
		"unknown flag":            {args: []string{"--wat"}, says: []string{"--wat"}},
		"stray argument":          {args: []string{"wat"}, says: []string{"wat"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := c.args
			if c.file != "" {
				args = append(args, "--config", file(t, c.file))
			}
			_, err := parse(t, c.env, args...)
			require.ErrorIs(t, err, config.ErrInvalid)
			for _, part := range c.says {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

func TestHelpNamesFlagsAndVariables(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	none := func(string) string { return "" }

	err := config.Parse("shop", "Sells.", &settings{}, []string{"--help"}, none, &out)

	require.ErrorIs(t, err, config.ErrHelp)
	for _, part := range []string{
		"Usage: shop", "Sells.", "--listen", "Address of the API. (LISTEN_URL)", "--store-url", "STORE_URL", "CONFIG",
	} {
		require.Contains(t, out.String(), part)
	}
}

func TestMaskedHidesSecretsAndPasswords(t *testing.T) {
	t.Parallel()
	s, err := parse(t, nil,
		"--token=s3cret", "--store-url=mongodb://me:pa55@db/x",
		"--peers=event=http://u:pa55@e;search=http://s", "--origins=nats://u:pa55@[,http://o,kind:http://u:pa55@i/x",
	)
	require.NoError(t, err)

	masked := config.Masked(&s)

	require.Equal(t, []config.KeyValue{
		{"listen", ":8080"},
		{"token", "***"},
		{"ratio", "1"},
		{"burst", "5"},
		{"timeout", "15s"},
		{"demo", "false"},
		{"origins", "***,http://o,kind:http://u:xxxxx@i/x"},
		{"peers", "event=http://u:xxxxx@e;search=http://s"},
		{"level", "info"},
		{"store_url", "mongodb://me:xxxxx@db/x"},
	}, masked)
	require.Equal(t, "s3cret", s.Token.Reveal(), "masking must not change the settings")
}

func TestSecretNeverShows(t *testing.T) {
	t.Parallel()
	secret := config.Secret("s3cret")
	inJSON, err := json.Marshal(map[string]any{"x": secret, "y": &secret})
	require.NoError(t, err)
	for _, shown := range []string{
		string(inJSON), fmt.Sprint(secret), fmt.Sprintf("%#v %+v %q %s", secret, struct{ S config.Secret }{secret}, secret, &secret),
	} {
		require.NotContains(t, shown, "s3cret")
		require.Contains(t, shown, "***")
	}
	require.Empty(t, config.Secret("").String())
}

type commands struct {
	Serve settings `cmd:"" default:"withargs"`
	DLQ   struct {
		Show struct {
			ID    string `arg:""`
			Admin string `default:"localhost:9100"`
		} `cmd:""`
	} `cmd:"" name:"dlq"`
}

func TestCommandsShareOneFile(t *testing.T) {
	t.Parallel()
	path := file(t, `{"admin": "host:1", "listen": ":1"}`)
	none := func(string) string { return "" }

	var c commands
	command, err := config.ParseCommand("shop", "", &c, []string{"dlq", "show", "7", "--config", path}, none, &bytes.Buffer{})
	require.NoError(t, err)
	require.Equal(t, "dlq show <id>", command)
	require.Equal(t, "7", c.DLQ.Show.ID)
	require.Equal(t, "host:1", c.DLQ.Show.Admin)

	c = commands{}
	command, err = config.ParseCommand("shop", "", &c, []string{"--config", path, "--demo"}, none, &bytes.Buffer{})
	require.NoError(t, err)
	require.Equal(t, "serve", command)
	require.Equal(t, ":1", c.Serve.Listen)
	require.True(t, c.Serve.Demo)
}
