//go:build unix

package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A child that is forked while the store is open holds the lock's file until it
// becomes another program; the lock does not last that long.
func TestClose_GivesTheLockUpWhoeverHoldsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	s, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	held, err := s.lock.f.SyscallConn()
	require.NoError(t, err)
	var twin int
	require.NoError(t, held.Control(func(fd uintptr) { twin, err = unix.Dup(int(fd)) }))
	require.NoError(t, err)
	defer unix.Close(twin)
	require.NoError(t, s.Close())
	again, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}
