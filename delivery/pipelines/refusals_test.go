package pipelines_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/delivery/pipelines"
)

func TestAPipelineThatWentItsOwnWayIsRefused(t *testing.T) {
	t.Parallel()
	there, err := pipelines.Look(t.Context(), root)
	require.NoError(t, err)
	for _, test := range []struct{ name, file, old, new, refusal string }{
		{"a target in one file only", "travis", "script: make drill", "script: ci/annotate", "only .gitlab-ci.yml calls make drill"},
		{"another target", "gitlab", "- make coverage", "- make crash", "only .gitlab-ci.yml calls make crash"},
		{"a target that is not there", "gitlab", "- make drill", "- make dril", "there is no target dril"},
		{"a script that is not there", "travis", "ci/kubeconfig", "ci/kubeconfg", "there is no script ci/kubeconfg"},
		{"an argument that make does not take", "gitlab", "STORE=$STORE", "SHOP=$STORE", "no argument of make named SHOP"},
		{"a variable that nobody documents", "gitlab", "URL=$STAGING_URL", "URL=$STAGING_HOST", "there is no variable STAGING_HOST"},
		{"a misspelt variable of GitLab's", "gitlab", "$CI_COMMIT_TAG", "$CI_TAG", "there is no variable CI_TAG"},
		{"a command of its own", "travis", "script: make scan", "script: curl x | make scan", "scan: curl x | make scan"},
		{"a stage elsewhere", "travis", "  - lint\n  - test\n", "  - test\n  - lint\n", "the stages of"},
		{"an order turned round", "travis", "[make images, make test-containers]", "[make test-containers, make images]",
			"calls make images before make test-containers"},
		{"staging for production", "travis", "make verify ENV=${PRODUCTION:-production}", "make verify ENV=${STAGING:-staging}",
			"only .gitlab-ci.yml calls make verify ENV=PRODUCTION"},
		{"a gate that a deployment passes", "gitlab", "    - {job: features}\n", "", "features is passed"},
		{"scans that nobody waits for", "gitlab", "needs: [build, scan, vulnerabilities, manifests]", "needs: [build]", "scan is passed"},
		{"a need that is not there", "gitlab", "needs: [deploy:staging]", "needs: [deploy]", `needs "deploy", which is not there`},
		{"artifacts exposed by a pattern", "gitlab", "paths: [build/features.html]", "paths: [build/*.html]", "exposes no artifacts"},
		{"a need that comes later", "gitlab", "needs: [lint, test]", "needs: [lint, smoke:staging]", "smoke:staging, which comes later"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			texts := map[string]string{"gitlab": read(t, ".gitlab-ci.yml"), "travis": read(t, ".travis.yml")}
			require.Contains(t, texts[test.file], test.old)
			texts[test.file] = strings.ReplaceAll(texts[test.file], test.old, test.new)
			require.Contains(t, strings.Join(refusals(there, texts), "\n"), test.refusal)
		})
	}
}

// refusals returns all that is said against two files.
func refusals(there pipelines.There, texts map[string]string) []string {
	a, err := pipelines.ParseGitLab(".gitlab-ci.yml", []byte(texts["gitlab"]))
	if err != nil {
		return []string{err.Error()}
	}
	b, err := pipelines.ParseTravis(".travis.yml", []byte(texts["travis"]))
	if err != nil {
		return []string{err.Error()}
	}
	said := pipelines.Differences(a, b)
	for _, p := range []pipelines.Pipeline{a, b} {
		said = append(said, there.Missing(p)...)
		for _, job := range p.Jobs {
			said = append(said, job.Strangers()...)
		}
		for _, gate := range passed(p, "deploy:staging") {
			said = append(said, gate+" is passed")
		}
	}
	return said
}
