package drills

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// lines are the ways between the services, to their broker and to Zipkin, each through a proxy that can fail.
type lines struct {
	server  *toxiproxy.ApiServer
	proxies map[string]*toxiproxy.Proxy // by what they lead to
}

func newLines() *lines {
	metrics := toxiproxy.NewMetricsContainer(prometheus.NewRegistry())
	return &lines{server: toxiproxy.NewServer(metrics, zerolog.Nop()), proxies: map[string]*toxiproxy.Proxy{}}
}

// open returns the address of a proxy before the upstream address.
func (l *lines) open(name, upstream string) (string, error) {
	proxy := toxiproxy.NewProxy(l.server, name, "127.0.0.1:0", upstream)
	if err := proxy.Start(); err != nil {
		return "", err
	}
	l.proxies[name] = proxy
	return proxy.Listen, nil
}

// cut breaks the connections to the name and refuses new ones.
func (l *lines) cut(name string) { l.proxies[name].Stop() }

// mend lets connections through again.
func (l *lines) mend(name string) error { return l.proxies[name].Start() }

// poison adds a toxic (https://github.com/Shopify/toxiproxy#toxics) to what comes from the name.
func (l *lines) poison(name, toxic string, attributes map[string]any) error {
	document, err := json.Marshal(map[string]any{"name": toxic, "type": toxic, "stream": "downstream", "attributes": attributes})
	if err != nil {
		return err
	}
	if _, err := l.proxies[name].Toxics.AddToxicJson(bytes.NewReader(document)); err != nil {
		return fmt.Errorf("toxic %s: %w", toxic, err)
	}
	return nil
}

// cure removes the toxic.
func (l *lines) cure(ctx context.Context, name, toxic string) error {
	return l.proxies[name].Toxics.RemoveToxic(ctx, toxic)
}

func (l *lines) close() {
	for _, proxy := range l.proxies {
		proxy.Stop()
	}
}
