package faults_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
)

const (
	proxyHost  = "toxiproxy"
	brokerWay  = "broker" // which all services share, since Kafka can announce one address only
	brokerPort = 10000    // the ways that follow have the ports above
)

// ways lead the services to their broker, their stores and each other through one proxy, which can harm each way by itself.
//
// The proxy is a container beside the others, not a part of this process: an engine may run on another machine, and
// where it does not, firewalls keep containers from the ports of the host.
type ways struct {
	api    *toxiproxy.Client
	byName map[string]*toxiproxy.Proxy
}

func openWays(t *testing.T) *ways {
	t.Helper()
	proxy, err := containers.Start(t.Context(), containers.Toxiproxy())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, proxy.Remove(context.WithoutCancel(t.Context()))) })
	return &ways{api: toxiproxy.NewClient(proxy.Address("8474/tcp")), byName: map[string]*toxiproxy.Proxy{}}
}

// address is where a service is told that something is, such as mongodb:27017 within a URL.
var address = regexp.MustCompile(`\b[a-z]+:\d{4,5}\b`)

// lead makes a part that needs others find them at the end of a way: the store at that of booking-store, and a service at
// that of gateway-booking.
func (w *ways) lead(p *containers.Part) error {
	if p.Name == "kafka" {
		p.Env["KAFKA_ADVERTISED_LISTENERS"] = fmt.Sprintf("PLAINTEXT://%s:%d", proxyHost, brokerPort)
	}
	if _, service := p.Env["BROKER_URL"]; !service {
		return nil
	}
	for setting, name := range map[string]string{"BROKER_URL": brokerWay, "STORE": p.Name + "-store"} {
		to := address.FindString(p.Env[setting])
		if to == "" {
			continue // a file
		}
		at, err := w.open(name, to)
		if err != nil {
			return err
		}
		p.Env[setting] = strings.Replace(p.Env[setting], to, at, 1)
	}
	return w.leadToPeers(p)
}

func (w *ways) leadToPeers(p *containers.Part) error {
	var peers []string
	for _, peer := range services() {
		if peer == p.Name || p.Name != "gateway" && peer != "identity" {
			continue // all ask identity for keys; only the gateway asks the others
		}
		at, err := w.open(p.Name+"-"+peer, peer+":8080")
		if err != nil {
			return err
		}
		peers = append(peers, peer+"=http://"+at)
	}
	p.Env["PEERS"] = strings.Join(peers, ";")
	return nil
}

// open returns where the way to an address begins.
func (w *ways) open(name, to string) (at string, err error) {
	port := brokerPort
	if name != brokerWay {
		port += 1 + len(w.byName)
	}
	if w.byName[name] == nil {
		if w.byName[name], err = w.api.CreateProxy(name, ":"+strconv.Itoa(port), to); err != nil {
			return "", fmt.Errorf("open the way %s: %w", name, err)
		}
	}
	return proxyHost + ":" + strconv.Itoa(port), nil
}

// has reports whether all of the ways are there: nothing leads to a store that is a file.
func (w *ways) has(names ...string) bool {
	for _, name := range names {
		if w.byName[name] == nil {
			return false
		}
	}
	return true
}

// close makes the way refuse connections, and ends those that are open.
func (w *ways) close(name string) error { return w.byName[name].Disable() }

// swallow makes the answers on the way vanish: connections stay open, and nothing is refused.
func (w *ways) swallow(name string) error {
	return w.harm(name, "timeout", toxiproxy.Attributes{"timeout": 0})
}

// slow delays each answer on the way.
func (w *ways) slow(name string, by time.Duration) error {
	return w.harm(name, "latency", toxiproxy.Attributes{"latency": by.Milliseconds()})
}

func (w *ways) harm(name, kind string, how toxiproxy.Attributes) error {
	_, err := w.byName[name].AddToxic(kind, kind, "downstream", 1, how)
	return err
}

// mend ends what harms the ways. The API ends connections that were idle for ten seconds, in the face of a request that just
// then takes one of them: hence a new one.
func (w *ways) mend() error {
	http.DefaultClient.CloseIdleConnections()
	return w.api.ResetState()
}
