package pipelines

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ParseTravis reads a .travis.yml. Jobs of one name are a matrix. A stage begins when the one before is over, and well.
func ParseTravis(file string, content []byte) (Pipeline, error) {
	var entries map[string]any
	if err := yaml.Unmarshal(content, &entries); err != nil {
		return Pipeline{}, fmt.Errorf("%s: %w", file, err)
	}
	p := Pipeline{File: file, Sets: map[string]bool{}, Uses: map[string]bool{}}
	stages, _ := entries["stages"].([]any)
	for _, stage := range stages {
		if named, isMap := stage.(map[string]any); isMap {
			stage = named["name"]
		}
		p.Stages = append(p.Stages, fmt.Sprint(stage))
	}
	collect(entries, &p)
	jobs, _ := entries["jobs"].(map[string]any)
	included, _ := jobs["include"].([]any)
	for _, entry := range included {
		entry, isMap := entry.(map[string]any)
		if !isMap {
			return Pipeline{}, fmt.Errorf("%s: a job is %v", file, entry)
		}
		run := strings.Fields(strings.Join(lines(entry["env"]), " "))
		for _, assignment := range run {
			name, _, _ := strings.Cut(assignment, "=")
			p.Sets[name] = true
		}
		job := Job{Name: fmt.Sprint(entry["name"]), Stage: fmt.Sprint(entry["stage"]), Staged: true}
		if !slices.Contains(p.Stages, job.Stage) {
			return Pipeline{}, fmt.Errorf("%s: %s: there is no stage %q", file, job.Name, job.Stage)
		}
		job.Regrets = lines(entry["after_failure"])
		job.Commands = slices.Concat(lines(entry["before_script"]), lines(entry["script"]), job.Regrets)
		same := slices.IndexFunc(p.Jobs, func(other Job) bool { return other.Name == job.Name })
		if same < 0 {
			same = len(p.Jobs)
			p.Jobs = append(p.Jobs, job)
		}
		p.Jobs[same].Matrix = append(p.Jobs[same].Matrix, run)
	}
	return p, nil
}
