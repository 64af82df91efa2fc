package sqlite

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the lock or fails at once. It covers one byte far behind the
// process's number, which stays readable. The system drops it with the handle.
func lockFile(f *os.File) error {
	at := &windows.Overlapped{Offset: math.MaxInt32}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errHeld
	}
	return err
}

// unlockFile gives the lock up.
func unlockFile(f *os.File) error {
	at := &windows.Overlapped{Offset: math.MaxInt32}
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, at)
}
