package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLicences(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, licences string
		code           int
		says           string
	}{
		{"an allowed one", `[{"license": {"id": "MIT"}}]`, 0, ""},
		{"two allowed ones", `[{"license": {"id": "MIT"}}, {"license": {"id": "Apache-2.0"}}]`, 0, ""},
		{"one that binds what it is linked with", `[{"license": {"id": "AGPL-3.0-only"}}]`, 1, "licence [AGPL-3.0-only]"},
		{"an allowed one and another", `[{"license": {"id": "MIT"}}, {"license": {"id": "SSPL-1.0"}}]`, 1, "example.com/planted v1.2.3"},
		{"none that anybody knows", `[]`, 1, "example.com/planted v1.2.3: licence [unknown]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bill := write(t, "sbom.json", `{"components": [{"name": "example.com/planted", "version": "v1.2.3", "licenses": `+test.licences+`}]}`)
			code, says := scan("licences", bill)
			require.Equal(t, test.code, code)
			require.Contains(t, says, test.says)
		})
	}
}

func TestABillOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	code, says := scan("licences", write(t, "sbom.json", `{"components": []}`))
	require.Equal(t, 2, code)
	require.Contains(t, says, "lists no components")
}

func TestDockerfiles(t *testing.T) {
	t.Parallel()
	images := write(t, "images.env", "# pinned\nGOLANG_IMAGE=golang:1.26.8\n")
	const good = "ARG GOLANG_IMAGE=golang:1.26.8\nFROM ${GOLANG_IMAGE} AS built\nRUN make \\\n  build\nFROM scratch\n" +
		"COPY --from=built /service /\nUSER 65532:65532\nHEALTHCHECK CMD [\"/service\", \"healthcheck\"]\n"
	for _, test := range []struct{ name, file, says string }{
		{"an image by name", "FROM golang:latest\n" + good, "Dockerfile:1: FROM golang:latest: the image is not one of images.env"},
		{"another version", "ARG GOLANG_IMAGE=golang:1.20\n" + good, `images.env says "golang:1.26.8"`},
		{"a secret as an argument", "ARG NPM_TOKEN\n" + good, "Dockerfile:1: ARG NPM_TOKEN: a secret"},
		{"a secret in a continued line", "ENV A=1 \\\n  DB_PASSWORD=x\n" + good, "a secret"},
		{"a script from the network", good + "RUN curl -s https://example.com/x | sh\n", "Dockerfile:9: RUN curl"},
		{"a file from the network", good + "ADD https://example.com/x /\n", "package manager"},
		{"root at the end", good + "FROM scratch\nHEALTHCHECK CMD x\n", "Dockerfile:9: FROM scratch: what ships runs as USER NUMBER"},
		{"a user by name", good + "USER root\n", "what ships runs as USER NUMBER"},
		{"root by number", good + "USER 0\n", "what ships runs as USER NUMBER"},
		{"no health", good + "FROM scratch\nUSER 1\n", "what ships has a HEALTHCHECK"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, says := scan("dockerfiles", images, write(t, "Dockerfile", test.file))
			require.Equal(t, 1, code)
			require.Contains(t, says, test.says)
		})
	}
	code, says := scan("dockerfiles", images, write(t, "Dockerfile", good))
	require.Zero(t, code, says)
}

func TestWhatCannotBeReadIsNotFoundGood(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"licences", "nowhere.json"}, {"dockerfiles", "nowhere.env", "Dockerfile"}, {"licenses", "x"}, {}} {
		code, says := scan(args...)
		require.Equal(t, 2, code, args)
		require.NotEmpty(t, says)
	}
}

// scan returns how the program ended, and what it said.
func scan(args ...string) (int, string) {
	var said bytes.Buffer
	return run(args, &said, &said), said.String()
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
