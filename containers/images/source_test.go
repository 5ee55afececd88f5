package images_test

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheDockerfileIsForBothBuilders(t *testing.T) {
	t.Parallel()
	dockerfile, err := os.ReadFile(root + "/Dockerfile")
	require.NoError(t, err)
	require.NotRegexp(t, `(?mi)^# *syntax *=`, string(dockerfile), "it would pull a builder")
	require.NotRegexp(t, `(?m)^(RUN|COPY|ADD) .*(--mount|--chmod|--link|<<)`, string(dockerfile), "the classic builder refuses it")

	pinned, err := os.ReadFile(root + "/images.env")
	require.NoError(t, err)
	builders := regexp.MustCompile(`(?m)^ARG (\w+_IMAGE=.+)$`).FindAllSubmatch(dockerfile, -1)
	require.Len(t, builders, 2, "one for the programs, one for the page")
	for _, builder := range builders {
		require.Contains(t, string(pinned), "\n"+string(builder[1])+"\n")
	}
}

// copySource copies what the engine is sent to build the images from, the lines of .dockerignore that begin with an
// exclamation mark, without what git ignores.
func copySource(t *testing.T) string {
	t.Helper()
	ignored, err := os.ReadFile(root + "/.dockerignore")
	require.NoError(t, err)
	list := []string{"ls-files", "--cached", "--others", "--exclude-standard", "--"}
	for line := range strings.Lines(string(ignored)) {
		if name, sent := strings.CutPrefix(strings.TrimSpace(line), "!"); sent {
			list = append(list, name)
		}
	}
	to := t.TempDir()
	for name := range strings.Lines(output(t, root, "git", list...)) {
		name = strings.TrimSpace(name)
		content, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(to, name), content, 0o600))
	}
	return to
}

// goVersion returns what a program was built with, such as go1.26.8.
func goVersion(t *testing.T, program []byte) string {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(program))
	require.NoError(t, err)
	return info.GoVersion
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func names(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }

// output runs a command and returns what it printed, without the line's end.
func output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}
