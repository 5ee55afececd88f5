// Package faults_test harms the whole platform, in containers, while people buy, and proves that what they were told stays
// true. docs/faults.md shows what it found.
package faults_test

import (
	"os"
	"testing"

	"github.com/myevents/myevents/containers"
)

func TestMain(m *testing.M) { os.Exit(containers.Main(m, os.Stderr)) }
