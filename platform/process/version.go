package process

import "runtime/debug"

// version is set by the linker, in builds by make: the go command finds no commit where an image is built.
var version string

// Version returns what the binary was built from: the commit, or the module's version where the go command was asked for
// one.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
