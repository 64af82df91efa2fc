package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// errHeld is what lockFile returns when somebody else has the lock.
var errHeld = errors.New("held")

// lock is the claim of this process on a database.
type lock struct{ f *os.File }

// acquire locks the file at path, creating it if need be, and writes this
// process's number into it. The file stays when the lock goes: a file that is
// removed could be locked by one process and made anew by another.
func acquire(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: the lock file beside the database: %w", ErrReadOnly, err)
	}
	if err := lockFile(f); err != nil {
		holder := ""
		if pid := readPID(f); pid != 0 {
			holder = fmt.Sprintf(" by process %d", pid)
		}
		f.Close()
		if errors.Is(err, errHeld) {
			return nil, fmt.Errorf("%w: %s is locked%s: stop that one, or open another database", ErrLocked, path, holder)
		}
		return nil, fmt.Errorf("sqlite: lock %s: %w", path, err)
	}
	// The number is for people who read the error. The lock does not need it.
	if f.Truncate(0) == nil {
		f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &lock{f}, nil
}

// release gives the lock up. It says so before it closes the file: a child that
// this process has just forked holds the file, and with it the lock, until it
// becomes the program that it was forked for.
func (l *lock) release() error { return errors.Join(unlockFile(l.f), l.f.Close()) }

func readPID(f *os.File) int {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
