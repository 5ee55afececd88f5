package pipelines

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// Runner runs the jobs of a pipeline one by one, as a server does on a single machine: by stages, each command in a shell. It is for
// Travis, whose own runner is nowhere to be had.
type Runner struct {
	Dir string
	// Variables are what the server would set.
	Variables map[string]string
}

// Run runs the named jobs in the order of the stages, and stops at the first that fails, naming it. It returns what was printed.
func (r Runner) Run(ctx context.Context, p Pipeline, jobs ...string) (string, error) {
	var out bytes.Buffer
	for _, stage := range p.Stages {
		for _, job := range p.Jobs {
			if job.Stage != stage || !slices.Contains(jobs, job.Name) {
				continue
			}
			for _, matrix := range job.Matrix {
				if err := r.job(ctx, &out, job, matrix); err != nil {
					return out.String(), err
				}
			}
		}
	}
	return out.String(), nil
}

func (r Runner) job(ctx context.Context, out *bytes.Buffer, job Job, matrix []string) error {
	for _, command := range job.Commands[:len(job.Commands)-len(job.Regrets)] {
		_, _ = fmt.Fprintf(out, "%s %v $ %s\n", job.Name, matrix, command)
		if err := r.shell(ctx, out, matrix, command); err != nil {
			for _, regret := range job.Regrets {
				_, _ = fmt.Fprintf(out, "%s %v after failure $ %s\n", job.Name, matrix, regret)
				_ = r.shell(ctx, out, matrix, regret) // the job has failed already
			}
			return fmt.Errorf("%s: %s: %w", job.Name, command, err)
		}
	}
	return nil
}

func (r Runner) shell(ctx context.Context, out *bytes.Buffer, matrix []string, command string) error {
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir = r.Dir
	cmd.Env = append(os.Environ(), matrix...)
	for name, value := range r.Variables {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = 10 * time.Second // for children that keep the pipe
	return cmd.Run()
}
