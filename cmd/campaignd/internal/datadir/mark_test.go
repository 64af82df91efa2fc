package datadir

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMarkSurvivesAndBelongsToOneDatabase(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	m := Mark(dir, "/var/lib/a.db")
	seq, err := m.Load(ctx)
	require.NoError(t, err)
	require.Zero(t, seq)
	require.NoError(t, m.Save(ctx, 7))
	require.NoError(t, m.Save(ctx, 9))
	seq, err = Mark(dir, "/var/lib/a.db").Load(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 9, seq)
	seq, err = Mark(dir, "/var/lib/b.db").Load(ctx)
	require.NoError(t, err)
	require.Zero(t, seq, "another database has another history")
	left, err := filepath.Glob(filepath.Join(dir, ".mark-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestADamagedMarkIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, MarkFile), []byte(`{"eve`), 0o600))
	_, err := Mark(dir, "/x").Load(context.Background())
	require.ErrorContains(t, err, "damaged")
	require.Error(t, Mark(filepath.Join(dir, "missing"), "/x").Save(context.Background(), 1))
}
