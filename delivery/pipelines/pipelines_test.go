package pipelines_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/delivery/pipelines"
)

const root = "../.."

func gitLab(t *testing.T) pipelines.Pipeline {
	t.Helper()
	p, err := pipelines.ParseGitLab(".gitlab-ci.yml", []byte(read(t, ".gitlab-ci.yml")))
	require.NoError(t, err)
	return p
}

func travis(t *testing.T) pipelines.Pipeline {
	t.Helper()
	p, err := pipelines.ParseTravis(".travis.yml", []byte(read(t, ".travis.yml")))
	require.NoError(t, err)
	return p
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(content)
}

func TestBothPipelinesDoTheSameInAnEquivalentOrder(t *testing.T) {
	t.Parallel()
	require.Empty(t, pipelines.Differences(gitLab(t), travis(t)))
}

func TestWhatPipelinesNameIsThere(t *testing.T) {
	t.Parallel()
	there, err := pipelines.Look(t.Context(), root)
	require.NoError(t, err)
	require.Empty(t, there.Missing(gitLab(t)))
	require.Empty(t, there.Missing(travis(t)))
}

func TestJobsCallTargetsAndScriptsOnly(t *testing.T) {
	t.Parallel()
	for _, p := range []pipelines.Pipeline{gitLab(t), travis(t)} {
		require.NotEmpty(t, p.Jobs)
		for _, job := range p.Jobs {
			require.NotEmpty(t, job.Commands, job.Name)
			require.Empty(t, job.Strangers(), p.File)
		}
	}
}

func TestNothingIsDeployedPastAGate(t *testing.T) {
	t.Parallel()
	for _, p := range []pipelines.Pipeline{gitLab(t), travis(t)} {
		for _, deployment := range []string{"deploy:staging", "deploy:production"} {
			require.Empty(t, passed(p, deployment), "%s starts %s without them", p.File, deployment)
		}
	}
}

// passed returns the jobs of earlier stages that a deployment does not wait for, though they can fail.
func passed(p pipelines.Pipeline, deployment string) []string {
	before, stage := p.Before(deployment), slices.Index(p.Stages, deployment)
	var past []string
	for _, job := range p.Jobs {
		gate := !job.Optional && !job.Fallback && slices.Index(p.Stages, job.Stage) < stage
		if gate && !before[job.Name] && job.Stage != "build" { // what is built for the release page alone is no gate
			past = append(past, job.Name)
		}
	}
	return past
}

func TestVariablesThatAreDocumentedAreUsed(t *testing.T) {
	t.Parallel()
	var texts strings.Builder
	scripts, err := filepath.Glob(filepath.Join(root, "ci", "*"))
	require.NoError(t, err)
	for _, script := range scripts {
		texts.WriteString(read(t, "ci/"+filepath.Base(script)))
	}
	for _, file := range []string{".gitlab-ci.yml", ".travis.yml", "Makefile", "delivery/targets.mk"} {
		texts.WriteString(read(t, file))
	}
	for _, name := range slices.Sorted(maps.Keys(pipelines.Documented(read(t, "docs/delivery.md")))) {
		require.Regexp(t, `\b`+name+`\b`, texts.String(), "docs/delivery.md lists it, and nothing uses it")
	}
}

func TestJobsRunInTheImageThatServicesAreBuiltIn(t *testing.T) {
	t.Parallel()
	image, _, found := strings.Cut(strings.SplitAfter(read(t, "images.env"), "\nGOLANG_IMAGE=")[1], "\n")
	require.True(t, found)
	require.Contains(t, read(t, ".gitlab-ci.yml"), "\n  image: "+image+"\n")
	version, _, _ := strings.Cut(strings.TrimPrefix(image, "golang:"), "-")
	require.Contains(t, read(t, ".travis.yml"), "\ngo: "+version+"\n")
}
