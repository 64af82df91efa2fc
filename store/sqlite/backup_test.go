package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBackup(t *testing.T) {
	w := newWorld(t)
	w.campaign(1, 0, 50)
	w.settle(noon, w.take(noon, 10, 10))
	to := filepath.Join(t.TempDir(), "it's a copy.db")
	require.NoError(t, w.Backup(w.ctx, to))
	require.ErrorIs(t, w.Backup(w.ctx, to), os.ErrExist)
	w.settle(noon, w.take(noon, 10, 10)) // the store goes on

	copied := openWorld(t, to)
	copied.next = 1000 // ids of attempts are not used again
	require.EqualValues(t, 10, copied.count(`SELECT sent FROM progress`))
	require.NoError(t, copied.check())
	require.Len(t, copied.take(noon, 5, 5), 5)
	_, err := w.reads.Exec(`DELETE FROM facts`)
	require.ErrorContains(t, err, "readonly", "the connection reads again")
}

func TestBackup_LeavesNothingBehind(t *testing.T) {
	w := newWorld(t)
	w.campaign(1, 0, 50)
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	to := filepath.Join(t.TempDir(), "copy.db")
	require.ErrorIs(t, w.Backup(ctx, to), context.Canceled)
	require.NoFileExists(t, to)
	require.ErrorIs(t, w.Backup(w.ctx, filepath.Join(t.TempDir(), "missing", "copy.db")), os.ErrNotExist)
	require.NoError(t, w.Backup(w.ctx, to))
}
