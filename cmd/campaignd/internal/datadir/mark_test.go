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
	require.Equal(t, []string{MarkFile}, names(t, dir))
}

// A process that is killed in the middle of a Save leaves one half-written file
// at most, however often that happens, and the next Save does not mind it.
func TestKilledSavesDoNotPileUp(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	require.NoError(t, Mark(dir, "/a.db").Save(ctx, 7))
	half := filepath.Join(dir, MarkFile+".new")
	require.NoError(t, os.WriteFile(half, []byte(`{"database":"/a.db","events":123456789012345678`), 0o600))
	m := Mark(dir, "/a.db")
	seq, err := m.Load(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 7, seq)
	require.NoError(t, m.Save(ctx, 8))
	require.Equal(t, []string{MarkFile}, names(t, dir))
	seq, err = Mark(dir, "/a.db").Load(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 8, seq)
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	es, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range es {
		all = append(all, e.Name())
	}
	return all
}

func TestADamagedMarkIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, MarkFile), []byte(`{"eve`), 0o600))
	_, err := Mark(dir, "/x").Load(context.Background())
	require.ErrorContains(t, err, "damaged")
	require.Error(t, Mark(filepath.Join(dir, "missing"), "/x").Save(context.Background(), 1))
}
