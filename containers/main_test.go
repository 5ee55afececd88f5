package containers_test

import (
	"os"
	"testing"

	"github.com/myevents/myevents/containers"
)

func TestMain(m *testing.M) { os.Exit(containers.Main(m, os.Stderr)) }
