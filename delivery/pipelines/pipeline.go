// Package pipelines reads the pipeline files of GitLab and of Travis into one form, in which they can be held against each
// other and against what they name.
package pipelines

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Pipeline is what a file says, whatever its dialect.
type Pipeline struct {
	File   string
	Stages []string
	Jobs   []Job
	// Sets are the variables that the file gives a value, Uses those whose value it takes.
	Sets, Uses map[string]bool
}

// Job is one job of it. A matrix is one job, too.
type Job struct {
	Name, Stage string
	// Needs are the jobs it waits for; where Staged, it waits for all of the stages before instead.
	Needs  []string
	Staged bool
	// Optional jobs may fail, or may never be started.
	Optional bool
	// Fallback jobs run only where what they need has failed.
	Fallback bool
	Commands []string
	// Matrix are the variables of each of its runs, NAME=VALUE. GitLab's are left to gitlab-ci-local.
	Matrix [][]string
	// Regrets are the last of the commands: those that run where another has failed.
	Regrets []string
}

// Call is one call of make. Its Key is what it does: the target and the stage of the world that it does it to.
type Call struct {
	Key       string
	Target    string
	Arguments []string // names of variables
}

// glue is what stands between the commands of a line and does nothing by itself.
func glue() *regexp.Regexp { return regexp.MustCompile(`;|&&|\|\||\b(?:if|then|else|fi)\b|\[[^]]*\]`) }

// parts takes a line of a script apart.
func parts(line string) []string {
	var found []string
	for _, part := range glue().Split(line, -1) {
		if part = strings.TrimSpace(part); part != "" {
			found = append(found, part)
		}
	}
	return found
}

// Calls returns the calls of make in a job, in their order.
func (j Job) Calls() []Call {
	var calls []Call
	for _, line := range j.Commands {
		for _, command := range parts(line) {
			words := strings.Fields(command)
			if words[0] == "make" {
				calls = append(calls, callsOf(words[1:])...)
			}
		}
	}
	return calls
}

func callsOf(words []string) []Call {
	var targets, arguments []string
	world := ""
	for _, word := range words {
		name, value, assigned := strings.Cut(word, "=")
		switch {
		case !assigned:
			targets = append(targets, word)
		case name == "ENV":
			world = " ENV=" + cmp.Or(strings.Join(slices.Sorted(maps.Keys(variables(value))), ","), value)
			fallthrough
		default:
			arguments = append(arguments, name)
		}
	}
	calls := make([]Call, len(targets))
	for i, target := range targets {
		calls[i] = Call{target + world, target, arguments}
	}
	return calls
}

// Scripts returns the scripts that a job calls.
func (j Job) Scripts() []string {
	var scripts []string
	for _, line := range j.Commands {
		for _, command := range parts(line) {
			if name, _, _ := strings.Cut(command, " "); strings.HasPrefix(name, "ci/") {
				scripts = append(scripts, name)
			}
		}
	}
	return scripts
}

// Strangers returns the commands of a job that are neither a call of make nor of a script in ci/.
func (j Job) Strangers() []string {
	var found []string
	for _, line := range j.Commands {
		for _, command := range parts(line) {
			if !strings.HasPrefix(command, "make ") && !strings.HasPrefix(command, "ci/") {
				found = append(found, fmt.Sprintf("%s: %s", j.Name, command))
			}
		}
	}
	return found
}

// Before returns the names of all jobs that are over, and well, when the named one starts.
func (p Pipeline) Before(name string) map[string]bool {
	before := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		for _, need := range p.needs(name) {
			if !before[need] {
				before[need] = true
				visit(need)
			}
		}
	}
	visit(name)
	return before
}

func (p Pipeline) needs(name string) []string {
	var needed []string
	for _, job := range p.Jobs {
		if job.Name != name {
			continue
		}
		needed = append(needed, job.Needs...)
		if !job.Staged {
			continue
		}
		for _, other := range p.Jobs {
			if slices.Index(p.Stages, other.Stage) < slices.Index(p.Stages, job.Stage) {
				needed = append(needed, other.Name)
			}
		}
	}
	return needed
}

// place is where something is called first.
type place struct {
	job   Job
	index int
}

func (p Pipeline) places() map[string]place {
	places := map[string]place{}
	for _, stage := range p.Stages {
		for _, job := range p.Jobs {
			if job.Stage != stage {
				continue
			}
			for i, call := range job.Calls() {
				if _, known := places[call.Key]; !known {
					places[call.Key] = place{job, i}
				}
			}
		}
	}
	return places
}

// comesBefore says whether a is over before b begins, whatever the machines do.
func (p Pipeline) comesBefore(a, b place) bool {
	if a.job.Name == b.job.Name {
		return a.index < b.index
	}
	return slices.Index(p.Stages, a.job.Stage) < slices.Index(p.Stages, b.job.Stage) || p.Before(b.job.Name)[a.job.Name]
}

// Differences says in what two pipelines do not do the same, or not in an equivalent order; nothing, if they do.
func Differences(a, b Pipeline) []string {
	var found []string
	if !slices.Equal(a.Stages, b.Stages) {
		found = append(found, fmt.Sprintf("the stages of %s are %v, those of %s are %v", a.File, a.Stages, b.File, b.Stages))
	}
	inA, inB := a.places(), b.places()
	for _, only := range []struct {
		file        string
		have, other map[string]place
	}{{a.File, inA, inB}, {b.File, inB, inA}} {
		for _, key := range slices.Sorted(maps.Keys(only.have)) {
			if _, known := only.other[key]; !known {
				found = append(found, fmt.Sprintf("only %s calls make %s", only.file, key))
			}
		}
	}
	for x, xa := range inA {
		for y, ya := range inA {
			xb, x2 := inB[x]
			yb, y2 := inB[y]
			if x2 && y2 && a.comesBefore(xa, ya) && b.comesBefore(yb, xb) {
				found = append(found, fmt.Sprintf("%s calls make %s before make %s, %s the other way round", a.File, x, y, b.File))
			}
		}
	}
	slices.Sort(found)
	return found
}
