//go:build unix

package evolutiontest

import (
	"errors"
	"os"
	"syscall"
)

// lockFile keeps other gateways out until the file is closed or its process
// dies, by whatever means.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}
