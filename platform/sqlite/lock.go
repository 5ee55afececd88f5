package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// acquire takes the advisory lock on path, which ends with the process however it dies. The file itself stays: removing
// it would let two processes hold locks on two files of one name.
func acquire(path, service string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("%s is held by %s", path, holder(path)), file.Close())
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	note := fmt.Sprintf("process %d (%s)\n", os.Getpid(), service)
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(fmt.Errorf("write lock: %w", err), file.Close())
	}
	if _, err := file.WriteAt([]byte(note), 0); err != nil {
		return nil, errors.Join(fmt.Errorf("write lock: %w", err), file.Close())
	}
	return file, nil
}

func holder(path string) string {
	note, err := os.ReadFile(path)
	if note = bytes.TrimSpace(note); err != nil || len(note) == 0 {
		return "another process"
	}
	return string(note)
}
