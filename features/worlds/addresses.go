package worlds

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

const (
	// Ports in between are none that a system hands out by itself: nobody who asks for any port gets one of them meanwhile.
	lowestPort, highestPort = 20_000, 30_000
	portTries               = 100
)

// FreeAddresses returns addresses that nobody listens on: programs that have to know each other's before they start.
func FreeAddresses(n int) (addresses []string, err error) {
	for range n {
		listener, err := freeListener()
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = listener.Close() }() // not before all are found, or one would be found twice
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

func freeListener() (net.Listener, error) {
	var failures []error
	for range portTries {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowestPort+rand.N(highestPort-lowestPort)))
		if err == nil {
			return listener, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}
