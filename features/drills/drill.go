package drills

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// grace is what the machine may need beyond the compressed time: processes and requests are as fast as ever.
	grace = 10 * time.Second
	// watchdog is the alert that always fires, so that silence is known to be good news.
	watchdog = "Watchdog"
)

// drill is one rehearsal.
type drill struct {
	*platform
	options Options
	name    string
	record  *Record

	fault  time.Time         // when it began; zero: not yet
	healed time.Time         // when it ended
	alerts map[string]string // those expected, by name, with their severity
	during map[string]string // what the runbooks' queries returned while the fault was there
	told   []string          // of what is said at the end
}

// begins is called right before the fault.
func (d *drill) begins() { d.fault = time.Now() }

// ends is called right before the fault ends.
func (d *drill) ends() { d.healed = time.Now() }

// lasts waits until the fault is so old.
func (d *drill) lasts(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(time.Until(d.fault.Add(d.options.Compression.Duration(length))))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (d *drill) logf(format string, args ...any) {
	d.told = append(d.told, fmt.Sprintf(format, args...))
}

// quietTime fills the windows of five minutes.
const quietTime = 5 * time.Minute

// sells opens the platform and waits until it is watched and all has been well for a time.
func (d *drill) sells(ctx context.Context, s setting, since time.Duration) (err error) {
	d.platform, err = open(ctx, d.options, s)
	if err != nil {
		return err
	}
	if err := errors.Join(d.isWatched(ctx), d.monitoring.alarm()); err != nil {
		return err
	}
	return d.isQuiet(ctx, d.options.Compression.Duration(since))
}

func (d *drill) isWatched(ctx context.Context) error {
	return poll(ctx, readyTimeout, func(ctx context.Context) error {
		seen, err := d.monitoring.metrics.Query(ctx, `count(count by (service) (myevents_build_info))`, time.Time{})
		if err != nil {
			return err
		}
		if len(seen) != 1 || int(seen[0].Value) != len(services()) {
			return fmt.Errorf("prometheus has seen %v services", seen)
		}
		return nil
	})
}

// isQuiet waits until nothing but the watchdog has fired for a while.
func (d *drill) isQuiet(ctx context.Context, since time.Duration) error {
	quiet := time.Now()
	return poll(ctx, readyTimeout+since, func(ctx context.Context) error {
		if firing, err := d.firing(ctx); err != nil || len(firing) > 0 {
			quiet = time.Now()
			return errors.Join(err, fmt.Errorf("before anything is broken there fires %v", firing))
		}
		if _, ok := d.monitoring.webhook.find(time.Time{}, func(n notice) bool { return n.alert() == watchdog }); !ok {
			return fmt.Errorf("the alert %s has not arrived", watchdog)
		}
		if time.Since(quiet) < d.options.Compression.Duration(quietTime) || time.Since(d.opened) < since {
			return errors.New("not quiet for long enough")
		}
		return nil
	})
}

// firing returns the alerts that fire, but for those that are for nobody, such as the watchdog, and for the tickets of budgets:
// those look back for six hours and more, so that they end long after the drill. Their own tests say that they do.
func (d *drill) firing(ctx context.Context) (names []string, err error) {
	alerts, err := d.monitoring.alerts(ctx)
	for _, a := range alerts {
		name, severity := a.Labels["alertname"], a.Labels["severity"]
		ofBudget := strings.HasSuffix(name, "Burn") && severity == "ticket"
		if a.State == "firing" && severity != "none" && !ofBudget {
			names = append(names, fmt.Sprintf("%s (%s)", name, severity))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), err
}

// notifies expects the alert's notification, so long after the fault began.
func (d *drill) notifies(ctx context.Context, alert, severity string, within time.Duration) error {
	d.alerts[alert] = severity
	short := d.options.Compression.Duration(within)
	var n notice
	err := poll(ctx, time.Until(d.fault.Add(short+grace)), func(ctx context.Context) error {
		var ok bool
		n, ok = d.monitoring.webhook.find(d.fault, func(n notice) bool {
			return n.firing && n.alert() == alert && n.labels["severity"] == severity
		})
		if !ok {
			firing, err := d.firing(ctx)
			return errors.Join(fmt.Errorf("nobody was notified of %s (%s); there fires %v", alert, severity, firing), err)
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, d.fired(ctx))
	}
	d.logf("%s (%s) at +%.1f s of %s, which is %.1f s here", alert, severity, n.at.Sub(d.fault).Seconds(), within, short.Seconds())
	return nil
}

// fired tells, as an error, what has fired since the fault began, and at how many evaluations: what keeps an alert from everybody
// is among it.
func (d *drill) fired(ctx context.Context) error {
	since := int(time.Since(d.fault).Seconds()) + 1
	count := fmt.Sprintf(`sum by (alertname, service) (count_over_time(ALERTS{alertstate="firing"}[%ds]))`, since)
	all, err := d.monitoring.metrics.Query(ctx, count, time.Time{})
	return errors.Join(fmt.Errorf("since the fault began there fired %v", all), err)
}

// nobodyElse fails where somebody was paged for what is not expected.
func (d *drill) nobodyElse() error {
	others := map[string]bool{}
	for _, n := range d.monitoring.webhook.firing(d.fault) {
		if n.page() && d.alerts[n.alert()] != "page" {
			others[fmt.Sprintf("%s %v at +%.1f s", n.alert(), n.labels["service"], n.at.Sub(d.fault).Seconds())] = true
		}
	}
	if len(others) > 0 {
		return fmt.Errorf("somebody was paged for %s", strings.Join(slices.Sorted(maps.Keys(others)), ", "))
	}
	return nil
}

// resolves expects that nothing fires any more, so long after the fault ended, and that whoever was notified of what is
// expected was told of its end.
func (d *drill) resolves(ctx context.Context, within time.Duration) error {
	short := d.options.Compression.Duration(within)
	err := poll(ctx, time.Until(d.healed.Add(short+grace)), func(ctx context.Context) error {
		firing, err := d.firing(ctx)
		if err != nil {
			return err
		}
		if len(firing) > 0 {
			return fmt.Errorf("there still fires %v", firing)
		}
		return d.areToldResolved()
	})
	if err != nil {
		return err
	}
	d.logf("resolved at +%.1f s, %.1f s after the end", time.Since(d.fault).Seconds(), time.Since(d.healed).Seconds())
	return errors.Join(d.runbookSaysOver(ctx), d.nobodyElse())
}

func (d *drill) areToldResolved() error {
	for alert := range d.alerts {
		if err := d.isToldResolved(alert); err != nil {
			return err
		}
	}
	return nil
}

func (d *drill) isToldResolved(alert string) error {
	if _, ok := d.monitoring.webhook.find(d.healed, func(n notice) bool { return !n.firing && n.alert() == alert }); !ok {
		return fmt.Errorf("nobody was told that %s is over", alert)
	}
	return nil
}

// isOver expects that whoever was notified of the alert hears of its end, so long after the fault ended.
func (d *drill) isOver(ctx context.Context, alert string, within time.Duration) error {
	short := d.options.Compression.Duration(within)
	return poll(ctx, time.Until(d.healed.Add(short+grace)), func(context.Context) error { return d.isToldResolved(alert) })
}
