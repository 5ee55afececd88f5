package pipelines

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Clone makes a clone of the repository at root, with a last commit of what its work tree has beyond HEAD, if it has. It changes
// nothing at root. The clone's origin is a name that looks like GitLab's.
func Clone(ctx context.Context, root, to string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	if err := Git(ctx, ".", "clone", "--quiet", root, to); err != nil {
		return err
	}
	// The clone's own index takes in the files of the other work tree, and then lays them out in its own.
	if err := Git(ctx, to, "--git-dir="+to+"/.git", "--work-tree="+root, "-C", root, "add", "--all"); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"commit", "--quiet", "--allow-empty", "--message", "The work tree as it stands"},
		{"reset", "--quiet", "--hard"},
		{"remote", "set-url", "origin", "https://gitlab.example/myevents/myevents.git"},
	} {
		if err := Git(ctx, to, args...); err != nil {
			return err
		}
	}
	return nil
}

// Git runs git in a folder, as nobody in particular and without what somebody has configured for all repositories.
func Git(ctx context.Context, dir string, args ...string) error {
	identity := []string{"-c", "user.name=Test", "-c", "user.email=test@myevents.example", "-c", "core.hooksPath=/dev/null"}
	cmd := exec.CommandContext(ctx, "git", append(identity, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}
