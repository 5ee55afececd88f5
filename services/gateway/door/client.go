package door

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Clients finds out who sent a request.
type Clients struct {
	trusted []netip.Prefix
}

// NewClients returns what believes the X-Forwarded-For of these networks, such as 10.0.0.0/8. It fails on one that is none.
func NewClients(trusted []string) (Clients, error) {
	prefixes, err := parseNetworks(trusted)
	return Clients{prefixes}, err
}

// Of returns the client's address of a request that has passed a door with the same networks.
func (c Clients) Of(r *http.Request) netip.Addr {
	chain := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	last := len(chain) - 1
	connection, err := netip.ParseAddr(strings.TrimSpace(chain[last])) // the door has written it
	if err != nil {
		return addressOf(r.RemoteAddr)
	}
	return c.nearest(connection, chain[:last])
}

func parseNetworks(networks []string) ([]netip.Prefix, error) {
	prefixes := make([]netip.Prefix, 0, len(networks))
	for _, n := range networks {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q must be a network such as 10.0.0.0/8", n)
		}
		prefixes = append(prefixes, p.Masked())
	}
	return prefixes, nil
}

// identify returns the client's address: that of the connection or, behind trusted proxies, the nearest one in
// X-Forwarded-For that is not a proxy's. It is the zero Addr where the connection has none.
//
// It also makes the request's own X-Forwarded-For and X-Forwarded-Proto true for whoever is behind: what an untrusted sender
// claimed is dropped, and the address of the connection is added.
func (c Clients) identify(r *http.Request) netip.Addr {
	connection := addressOf(r.RemoteAddr)
	delete(r.Header, "Forwarded")
	delete(r.Header, "X-Real-Ip")
	claimed, trusted := r.Header["X-Forwarded-For"], c.trusts(connection)
	if !trusted {
		delete(r.Header, "X-Forwarded-Proto")
	}
	if r.TLS != nil && r.Header["X-Forwarded-Proto"] == nil {
		r.Header["X-Forwarded-Proto"] = []string{"https"}
	}
	if len(claimed) == 0 || !trusted {
		r.Header["X-Forwarded-For"] = []string{textOf(connection, r.RemoteAddr)}
		return connection
	}
	chain := strings.Split(strings.Join(claimed, ","), ",")
	r.Header["X-Forwarded-For"] = []string{strings.Join(append(chain, " "+connection.String()), ",")}
	return c.nearest(connection, chain)
}

// nearest walks the chain from its trustworthy end, the right one.
func (c Clients) nearest(connection netip.Addr, chain []string) netip.Addr {
	client := connection
	for i := len(chain) - 1; i >= 0 && c.trusts(client); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			return client
		}
		client = next.Unmap()
	}
	return client
}

func (c Clients) trusts(a netip.Addr) bool {
	for _, p := range c.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// textOf returns a's text, cut from the remote address where that has it.
func textOf(a netip.Addr, remote string) string {
	if text, _, found := strings.Cut(remote, ":"); found && a.Is4() && !strings.HasPrefix(remote, "[") {
		return text
	}
	return a.String()
}

func addressOf(remote string) netip.Addr {
	hostPort, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return hostPort.Addr().Unmap().WithZone("")
}
