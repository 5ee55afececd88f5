//go:build !race

package steps

// slowness is by how much the race detector slows the platform down.
const slowness = 1
