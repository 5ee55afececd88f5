package pipelines

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ParseGitLab reads a .gitlab-ci.yml. It knows as much of the language as the file uses.
func ParseGitLab(file string, content []byte) (Pipeline, error) {
	var entries map[string]any
	if err := yaml.Unmarshal(content, &entries); err != nil {
		return Pipeline{}, fmt.Errorf("%s: %w", file, err)
	}
	p := Pipeline{File: file, Stages: lines(entries["stages"]), Sets: map[string]bool{}, Uses: map[string]bool{}}
	collect(entries, &p, "variables", "matrix", "id_tokens")
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		entry, isMap := entries[name].(map[string]any)
		if !isMap || strings.HasPrefix(name, ".") || entry["stage"] == nil {
			continue
		}
		entry, err := extended(entries, entry)
		if err != nil {
			return Pipeline{}, fmt.Errorf("%s: %s: %w", file, name, err)
		}
		job, err := gitLabJob(name, entry)
		if err != nil {
			return Pipeline{}, fmt.Errorf("%s: %s: %w", file, name, err)
		}
		if !slices.Contains(p.Stages, job.Stage) {
			return Pipeline{}, fmt.Errorf("%s: %s: there is no stage %q", file, name, job.Stage)
		}
		p.Jobs = append(p.Jobs, job)
	}
	return p, p.check()
}

// extended fills in what a job takes over from the entries that it extends.
func extended(entries, entry map[string]any) (map[string]any, error) {
	whole := map[string]any{}
	for _, name := range lines(entry["extends"]) {
		parent, isMap := entries[name].(map[string]any)
		if !isMap {
			return nil, fmt.Errorf("it extends %q, which is not there", name)
		}
		parent, err := extended(entries, parent)
		if err != nil {
			return nil, err
		}
		maps.Copy(whole, parent)
	}
	maps.Copy(whole, entry)
	return whole, nil
}

func gitLabJob(name string, entry map[string]any) (Job, error) {
	stage, _ := entry["stage"].(string)
	job := Job{Name: name, Stage: stage, Staged: entry["needs"] == nil, Optional: entry["allow_failure"] != nil}
	needs, _ := entry["needs"].([]any)
	for _, need := range needs {
		switch need := need.(type) {
		case string:
			job.Needs = append(job.Needs, need)
		case map[string]any:
			other, isName := need["job"].(string)
			if !isName {
				return Job{}, fmt.Errorf("it needs something without a name: %v", need)
			}
			job.Needs = append(job.Needs, other)
		}
	}
	artifacts, _ := entry["artifacts"].(map[string]any)
	if artifacts["expose_as"] != nil && strings.Contains(strings.Join(lines(artifacts["paths"]), " "), "*") {
		return Job{}, errors.New("GitLab exposes no artifacts by a pattern")
	}
	rules, _ := entry["rules"].([]any)
	for _, rule := range rules {
		if rule, isMap := rule.(map[string]any); isMap && rule["when"] == "on_failure" {
			job.Fallback = true
		}
	}
	for _, key := range []string{"before_script", "script", "after_script"} {
		job.Commands = append(job.Commands, lines(entry[key])...)
	}
	return job, nil
}

// check refuses needs that cannot be met.
func (p Pipeline) check() error {
	stages := map[string]int{}
	for _, job := range p.Jobs {
		stages[job.Name] = slices.Index(p.Stages, job.Stage)
	}
	for _, job := range p.Jobs {
		for _, need := range job.Needs {
			stage, known := stages[need]
			switch {
			case !known:
				return fmt.Errorf("%s: %s needs %q, which is not there", p.File, job.Name, need)
			case stage > stages[job.Name]:
				return fmt.Errorf("%s: %s needs %s, which comes later", p.File, job.Name, need)
			}
		}
	}
	return nil
}
