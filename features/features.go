// Package features holds the feature files. README.md says how to run and write them.
package features

import "embed"

//go:generate go run ./cmd/sentences README.md

// Files are the feature files.
//
//go:embed *.feature observability/*.feature
var Files embed.FS
