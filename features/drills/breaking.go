package drills

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/cucumber/godog"
	_ "modernc.org/sqlite" // what the booking service keeps its data with

	"github.com/myevents/myevents/features/worlds"
)

// opens are the sentences that a drill begins with.
func (d *drill) opens(sc *godog.ScenarioContext) {
	sc.Step(`^a platform that sells$`, func(ctx context.Context) error { return d.sells(ctx, setting{}, quietTime) })
	sc.Step(`^a platform that has sold for (\d+ \w+)$`, func(ctx context.Context, time string) error {
		length, err := parseTime(time)
		return errors.Join(err, d.sells(ctx, setting{}, length))
	})
	sc.Step(`^a platform that sells and lets a client send (\d+) requests a second$`, func(ctx context.Context, limit string) error {
		flags := map[string][]string{"gateway": {"--rate-limit=" + limit, "--rate-burst=" + limit}}
		return d.sells(ctx, setting{flags: flags}, quietTime)
	})
	sc.Step(`^a platform that sells and lets (\d+) spans of a service wait$`, func(ctx context.Context, limit string) error {
		flags := map[string][]string{}
		for _, service := range services() {
			flags[service] = []string{"--otel-bsp-max-queue-size=" + limit, "--otel-bsp-max-export-batch-size=" + limit}
		}
		return d.sells(ctx, setting{flags: flags}, quietTime)
	})
	sc.Step(`^a platform that sells to (\d+) times as many visitors$`, func(ctx context.Context, times int) error {
		return d.sells(ctx, setting{crowd: times}, quietTime)
	})
	sc.Step(`^a platform that sells and ships its log lines$`, func(ctx context.Context) error {
		return d.sells(ctx, setting{ships: true}, quietTime)
	})
}

// breaks are the sentences with which the trouble begins and ends.
func (d *drill) breaks(sc *godog.ScenarioContext) {
	d.begin(sc, `^the (\w+) service goes down$`, func(ctx context.Context, service string) error {
		return d.processes.StopService(ctx, service)
	})
	d.end(sc, `^the (\w+) service comes back$`, func(ctx context.Context, service string) error {
		return d.processes.StartService(ctx, service)
	})
	d.begin(sc, `^the (\w+) service is deployed once more, and nobody is sent there$`, func(ctx context.Context, service string) error {
		_, err := d.deploy(ctx, service)
		return err
	})
	d.end(sc, `^the new version of the (\w+) service is taken away$`, func(ctx context.Context, _ string) error { return d.undeploy(ctx) })
	sc.Step(`^a new version of the gateway takes over with the fault "([^"]+)" of (\S+)$`,
		func(ctx context.Context, fault string, share float64) error {
			d.begins()
			return d.replace(ctx, fault, share)
		})
	d.end(sc, `^the (old) version of the gateway takes over again$`, func(ctx context.Context, _ string) error { return d.restore(ctx) })
	d.begin(sc, `^the line to the (\w+) is cut$`, func(_ context.Context, name string) error {
		d.lines.cut(name)
		return nil
	})
	d.end(sc, `^the line to the (\w+) is mended$`, func(_ context.Context, name string) error { return d.lines.mend(name) })
	sc.Step(`^it stays so for (\d+ \w+)$`, func(ctx context.Context, time string) error {
		length, err := parseTime(time)
		return errors.Join(err, d.lasts(ctx, length))
	})
	sc.Step(`^the line to the (\w+) takes (\d+) ms$`, func(_ context.Context, name string, ms int) error {
		d.begins()
		return d.lines.poison(name, "latency", map[string]any{"latency": ms})
	})
	d.end(sc, `^the line to the (\w+) is fast again$`, func(ctx context.Context, name string) error {
		return d.lines.cure(ctx, name, "latency")
	})
	d.begin(sc, `^the line to the (\w+) service resets every connection$`, func(_ context.Context, name string) error {
		return d.lines.poison(name, "reset_peer", map[string]any{"timeout": 0})
	})
	d.end(sc, `^the line to the (\w+) service is sound again$`, func(ctx context.Context, name string) error {
		return d.lines.cure(ctx, name, "reset_peer")
	})
	d.begin(sc, `^(\d+) times as many visitors come$`, func(_ context.Context, times string) error { return d.crowdOf(times) })
	d.end(sc, `^(\d+) times as many visitors are left$`, func(_ context.Context, times string) error { return d.crowdOf(times) })
	d.begin(sc, `^(\d+) seats of an event are marked as taken in the store$`, func(ctx context.Context, n string) error {
		return d.plant(ctx, "+"+n)
	})
	d.end(sc, `^(\d+) seats of the event are marked as free in the store$`, func(ctx context.Context, n string) error {
		return d.plant(ctx, "-"+n)
	})
	d.begin(sc, `^the certificate is replaced by one that expires in (\d+ \w+)$`, func(_ context.Context, in string) error {
		expires, err := parseTime(in)
		return errors.Join(err, writeCertificate(d.dir, d.options.Compression.Duration(expires)))
	})
	d.end(sc, `^the certificate is (renewed)$`, func(context.Context, string) error { return writeCertificate(d.dir, goodFor) })
	d.flips(sc)
}

// flips are the sentences about faults that flags switch, and what comes with them.
func (d *drill) flips(sc *godog.ScenarioContext) {
	sc.Step(`^the fault "([^"]+)" begins in the ([\w ]+) services? with (.+)$`, func(ctx context.Context, fault, where, value string) error {
		var decoded any
		if err := json.Unmarshal([]byte(value), &decoded); err != nil {
			return fmt.Errorf("%s: %w", value, err)
		}
		in := strings.Split(where, " and ")
		d.begins()
		err := d.set(fault, decoded, in...)
		for _, service := range in {
			err = errors.Join(err, d.logs(ctx, service, "fault.switched", ""))
		}
		return err
	})
	d.end(sc, `^the fault "([^"]+)" ends$`, func(_ context.Context, fault string) error { return d.set(fault, nil) })
	sc.Step(`^somebody signs in$`, func(ctx context.Context) error {
		_, err := d.visitors.openSession(ctx, worlds.FirstOperator())
		return err
	})
	sc.Step(`^an event is cancelled$`, func(ctx context.Context) error {
		return d.visitors.call(ctx, http.MethodPost, "/events/"+d.visitors.unvisited()+"/cancel", nil, nil)
	})
	sc.Step(`^the operator requeues the dead letters$`, d.requeue)
}

func (d *drill) begin(sc *godog.ScenarioContext, sentence string, do func(context.Context, string) error) {
	sc.Step(sentence, func(ctx context.Context, what string) error { d.begins(); return do(ctx, what) })
}

func (d *drill) end(sc *godog.ScenarioContext, sentence string, do func(context.Context, string) error) {
	sc.Step(sentence, func(ctx context.Context, what string) error { d.ends(); return do(ctx, what) })
}

func (d *drill) crowdOf(times string) error {
	var n int
	if _, err := fmt.Sscan(times, &n); err != nil {
		return err
	}
	d.visitors.crowd(n)
	return nil
}

// plant changes how many seats are taken of one event, in the booking service's file, past the service. Nobody books that event
// meanwhile: the service would write what it knows.
func (d *drill) plant(ctx context.Context, change string) error {
	file := filepath.Join(d.processes.DataDir("booking"), "booking.db")
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	_, err = db.ExecContext(ctx, "UPDATE inventories SET seats_taken = seats_taken "+change+" WHERE event_id = ?", d.visitors.unvisited())
	return errors.Join(err, db.Close())
}

func (d *drill) requeue(ctx context.Context) error {
	var page struct{ Items []struct{ ID string } }
	if err := d.visitors.call(ctx, http.MethodGet, "/operator/dead-letters", nil, &page); err != nil {
		return err
	}
	for _, letter := range page.Items {
		// The fault ends within moments, but not at once.
		err := poll(ctx, evidenceTime, func(ctx context.Context) error {
			return d.visitors.call(ctx, http.MethodPost, "/operator/dead-letters/"+letter.ID+"/requeue", nil, nil)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// parseTime reads a length of time such as "90 seconds" or "2 hours".
func parseTime(text string) (time.Duration, error) {
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	var n int
	var unit string
	if _, err := fmt.Sscanf(text, "%d %s", &n, &unit); err != nil {
		return 0, fmt.Errorf("%q is no length of time: %w", text, err)
	}
	for name, length := range units {
		if unit == name || unit == name+"s" {
			return time.Duration(n) * length, nil
		}
	}
	return 0, fmt.Errorf("%q is no length of time", text)
}
