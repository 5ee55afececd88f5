package pipelines

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// There is what pipelines can name: what the repository has, and what its page on delivery lists.
type There struct {
	Targets, Arguments, Scripts, Variables map[string]bool
}

// predefined are the variables that the servers and shells set, of those that we use.
func predefined() []string {
	return []string{
		"CI_API_V4_URL", "CI_COMMIT_BEFORE_SHA", "CI_COMMIT_BRANCH", "CI_COMMIT_TAG", "CI_DEFAULT_BRANCH",
		"CI_JOB_NAME_SLUG", "CI_JOB_TOKEN",
		"CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_OPEN_MERGE_REQUESTS", "CI_PIPELINE_SOURCE", "CI_PROJECT_DIR", "CI_PROJECT_ID",
		"CI_REGISTRY_IMAGE", "CI_REGISTRY_PASSWORD", "CI_REGISTRY_USER",
		"TRAVIS_BUILD_DIR", "TRAVIS_COMMIT_RANGE", "TRAVIS_TAG",
		"HOME",
	}
}

// Look finds out what is there, below the root of the repository.
func Look(ctx context.Context, root string) (There, error) {
	there := There{Arguments: map[string]bool{}, Scripts: map[string]bool{}}
	var err error
	if there.Targets, err = targets(ctx, root); err != nil {
		return There{}, err
	}
	for _, file := range []string{"Makefile", "delivery/targets.mk"} {
		content, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return There{}, err
		}
		for _, match := range regexp.MustCompile(`\$\(([A-Z_]+)\)`).FindAllSubmatch(content, -1) {
			there.Arguments[string(match[1])] = true
		}
	}
	scripts, err := filepath.Glob(filepath.Join(root, "ci", "*"))
	if err != nil {
		return There{}, err
	}
	for _, script := range scripts {
		info, err := os.Stat(script)
		if err != nil {
			return There{}, err
		}
		if info.Mode()&0o111 != 0 {
			there.Scripts["ci/"+filepath.Base(script)] = true
		}
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "delivery.md"))
	there.Variables = Documented(string(page))
	return there, err
}

// targets asks make for its phony targets, which are those that people call.
func targets(ctx context.Context, root string) (map[string]bool, error) {
	cmd := exec.CommandContext(ctx, "make", "--print-data-base", "--question", "--no-print-directory", "help")
	cmd.Dir = root
	database, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 1) { // 1 says that something would have to be done
		return nil, fmt.Errorf("make does not tell its targets: %w", err)
	}
	phony := regexp.MustCompile(`(?m)^\.PHONY:(.*)$`).FindSubmatch(database)
	if phony == nil {
		return nil, errors.New("make knows no phony targets")
	}
	found := map[string]bool{}
	for target := range strings.FieldsSeq(string(phony[1])) {
		found[target] = true
	}
	return found, nil
}

// Documented returns the variables that a page lists, which are those in the first column of a table.
func Documented(page string) map[string]bool {
	found := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[A-Z][^|]*) \\|").FindAllStringSubmatch(page, -1) {
		for _, name := range regexp.MustCompile("`([A-Z][A-Z0-9_]*)`").FindAllStringSubmatch(row[1], -1) {
			found[name[1]] = true
		}
	}
	return found
}

// Missing says what a pipeline names that is not there.
func (t There) Missing(p Pipeline) []string {
	var missing []string
	say := func(job, what, name string) {
		missing = append(missing, fmt.Sprintf("%s: %s: there is no %s %s", p.File, job, what, name))
	}
	for _, job := range p.Jobs {
		for _, call := range job.Calls() {
			if !t.Targets[call.Target] {
				say(job.Name, "target", call.Target)
			}
			for _, argument := range call.Arguments {
				if !t.Arguments[argument] {
					say(job.Name, "argument of make named", argument)
				}
			}
		}
		for _, script := range job.Scripts() {
			if !t.Scripts[script] {
				say(job.Name, "script", script)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Uses)) {
		if !p.Sets[name] && !t.Variables[name] && !slices.Contains(predefined(), name) {
			say("docs/delivery.md", "variable", name)
		}
	}
	return missing
}
