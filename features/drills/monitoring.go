package drills

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/common/model"

	"github.com/myevents/myevents/features/doors"
)

// resendDelay is how often Prometheus tells Alertmanager that an alert still fires; a minute by default.
const resendDelay = "500ms"

// Tools are the binaries that a drill runs.
type Tools struct {
	Services     string // folder of the services' commands
	Prometheus   string
	Alertmanager string
}

// monitoring is what a deployed platform is watched with, in compressed time.
type monitoring struct {
	options      Options
	dir          string
	prometheus   *program
	alertmanager *program
	webhook      *webhook
	address      string // of Prometheus
	alerting     string // address of Alertmanager
	metrics      *doors.Prometheus
}

// startMonitoring starts Prometheus and Alertmanager for what is at the addresses, by service.
func startMonitoring(ctx context.Context, o Options, dir string, at map[string][]string) (*monitoring, error) {
	m := &monitoring{options: o, dir: dir, webhook: openWebhook()}
	err := m.startAlertmanager(ctx)
	if err == nil {
		err = m.startPrometheus(ctx, at)
	}
	if err != nil {
		return nil, errors.Join(err, m.stop())
	}
	return m, nil
}

func (m *monitoring) startPrometheus(ctx context.Context, at map[string][]string) (err error) {
	if m.address, err = freeAddress(); err != nil {
		return err
	}
	if err := m.writeRules(); err != nil {
		return err
	}
	if err := errors.Join(m.writePrometheus(at), m.writeHistory(ctx)); err != nil {
		return err
	}
	m.metrics = doors.NewPrometheus("http://" + m.address)
	look := model.Duration(m.options.Compression.Duration(lookback))
	m.prometheus, err = startProgram(ctx, m.dir, m.options.Tools.Prometheus, m.address, "/-/ready",
		"--config.file="+m.file("prometheus.yml"), "--web.listen-address="+m.address, "--storage.tsdb.path="+m.file("prometheus"),
		"--rules.alert.resend-delay="+resendDelay, "--query.lookback-delta="+look.String(),
		"--enable-feature=exemplar-storage", "--log.level=warn")
	return err
}

// watch changes what is scraped.
func (m *monitoring) watch(at map[string][]string) error {
	if err := m.writePrometheus(at); err != nil {
		return err
	}
	return m.prometheus.cmd.Process.Signal(syscall.SIGHUP)
}

// alarm gives Prometheus its rules. Before it has seen what they are about, that would be absent, and for too long in compressed
// time.
func (m *monitoring) alarm() error {
	if err := os.Rename(m.file(rulesToBe), m.file("rules")); err != nil {
		return err
	}
	return m.prometheus.cmd.Process.Signal(syscall.SIGHUP)
}

// rulesToBe is where the rules are before Prometheus gets them.
const rulesToBe = "rules-to-be"

func (m *monitoring) writePrometheus(at map[string][]string) error {
	return m.compress(filepath.Join("prometheus", "prometheus.yml"), "prometheus.yml", func(content []byte) ([]byte, error) {
		return m.options.Compression.Prometheus(content, at, m.alerting, m.file("rules"))
	})
}

// file returns a path among the drill's own files.
func (m *monitoring) file(name string) string { return filepath.Join(m.dir, name) }

// lookback is how long a value counts that is not followed by another, by default.
const lookback = 5 * time.Minute

func (m *monitoring) startAlertmanager(ctx context.Context) (err error) {
	if m.alerting, err = freeAddress(); err != nil {
		return err
	}
	err = m.compress(filepath.Join("alertmanager", "alertmanager.yml"), "alertmanager.yml", func(content []byte) ([]byte, error) {
		return m.options.Compression.Alertmanager(content, m.webhook.server.URL)
	})
	if err != nil {
		return err
	}
	m.alertmanager, err = startProgram(ctx, m.dir, m.options.Tools.Alertmanager, m.alerting, "/-/ready",
		"--config.file="+m.file("alertmanager.yml"), "--web.listen-address="+m.alerting, "--storage.path="+m.file("alertmanager"),
		"--cluster.listen-address=", "--log.level=warn")
	return err
}

func (m *monitoring) writeRules() error {
	files, err := filepath.Glob(filepath.Join(m.options.Observability, "prometheus", "rules", "*.yml"))
	if err != nil || len(files) == 0 {
		return errors.Join(fmt.Errorf("no rules in %s", m.options.Observability), err)
	}
	if err := os.MkdirAll(m.file(rulesToBe), 0o700); err != nil {
		return err
	}
	for _, file := range files {
		name := filepath.Base(file)
		err := m.compress(filepath.Join("prometheus", "rules", name), filepath.Join(rulesToBe, name), m.options.Compression.Rules)
		if err != nil {
			return err
		}
	}
	return nil
}

// compress writes what comes of a file of the observability into one of the drill's own.
func (m *monitoring) compress(from, to string, compress func([]byte) ([]byte, error)) error {
	content, err := os.ReadFile(filepath.Join(m.options.Observability, from))
	if err != nil {
		return err
	}
	if content, err = compress(content); err != nil {
		return fmt.Errorf("compress %s: %w", from, err)
	}
	return os.WriteFile(m.file(to), content, 0o600)
}

// alert is one that Prometheus has in mind.
type alert struct {
	Labels map[string]string
	State  string // pending or firing
}

// alerts returns the alerts that are pending or firing.
func (m *monitoring) alerts(ctx context.Context) ([]alert, error) {
	var answer struct{ Data struct{ Alerts []alert } }
	err := getJSON(ctx, "http://"+m.address+"/api/v1/alerts", &answer)
	return answer.Data.Alerts, err
}

func (m *monitoring) stop() error {
	var failures []error
	for _, p := range []*program{m.prometheus, m.alertmanager} {
		if p != nil {
			failures = append(failures, p.stop())
		}
	}
	if m.metrics != nil {
		m.metrics.Close()
	}
	m.webhook.server.Close()
	return errors.Join(failures...)
}
