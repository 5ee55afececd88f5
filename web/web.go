// Package web holds the web page as its build has left it below dist/page. The build needs Node (make build); without it, as in
// a fresh clone, the package compiles all the same and says that there is no page.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Built returns the files of the built page, index.html at their root; false where it has not been built.
func Built() (fs.FS, bool) {
	page, err := fs.Sub(dist, "dist/page")
	if err != nil {
		return nil, false // unreachable: the name is a valid one
	}
	if _, err := fs.Stat(page, "index.html"); err != nil {
		return nil, false
	}
	return page, true
}
