package sqlite

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

func readOnly(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, &Options{ReadOnly: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func total(t *testing.T, s *Store, id campaign.ID) (n int64) {
	t.Helper()
	require.NoError(t, s.Tenant("acme").View(context.Background(), func(r campaign.Reader) error {
		c, err := r.Campaign(id)
		n = c.Total
		return err
	}))
	return n
}

// A reader sees what the process beside it commits, and neither is in the
// other's way.
func TestReadOnly_BesideAWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	w := openWorld(t, path)
	c := w.campaign(1, 0, 3)
	s := readOnly(t, path)
	require.EqualValues(t, 3, total(t, s, c))
	second := w.campaign(1, 10, 5)
	require.EqualValues(t, 5, total(t, s, second))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "a second Close")
	require.ErrorIs(t, s.Tenant("acme").View(w.ctx, func(campaign.Reader) error { return nil }), campaign.ErrClosed)
	w.campaign(1, 20, 1)
}

// It needs no process beside it, and leaves the database as it was.
func TestReadOnly_OfAStoppedStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	w := openWorld(t, path)
	c := w.campaign(1, 0, 3)
	require.NoError(t, w.Close())
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	s := readOnly(t, path)
	require.EqualValues(t, 3, total(t, s, c))
	require.NoError(t, s.Close())
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)

	w = openWorld(t, path)
	require.EqualValues(t, 3, total(t, w.Store, c))
}

func TestReadOnly_WritesNothing(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "campaigns.db")
	openWorld(t, path)
	s := readOnly(t, path)
	update := func(campaign.Writer) error { t.Error("called"); return nil }
	require.ErrorIs(t, s.Tenant("acme").Update(ctx, update), ErrReadOnly)
	require.ErrorIs(t, s.Beat(ctx, campaign.Daemon{Name: "x"}), ErrReadOnly)
	require.ErrorIs(t, s.Stash(ctx, []campaign.Notice{{Instance: 1, ProviderID: "x", Kind: campaign.NoticeRead}}), ErrReadOnly)
	_, err := s.Take(ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, func(*campaign.Rows) { t.Error("called") })
	require.ErrorIs(t, err, ErrReadOnly)
}

func TestReadOnly_Refuses(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.db")
	_, err := Open(ctx, missing, &Options{ReadOnly: true})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoFileExists(t, missing)

	foreign := filepath.Join(dir, "foreign.db")
	db, err := sql.Open("sqlite", foreign)
	require.NoError(t, err)
	_, err = db.Exec(`CREATE TABLE t (a)`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = Open(ctx, foreign, &Options{ReadOnly: true})
	require.ErrorIs(t, err, ErrNotDatabase)

	path := filepath.Join(dir, "campaigns.db")
	require.NoError(t, openWorld(t, path).Close())
	for version, want := range map[int]string{1: "open it for writing once", 99: "newer"} {
		db, err := sql.Open("sqlite", path)
		require.NoError(t, err)
		_, err = db.Exec(`DELETE FROM goose_db_version WHERE version_id > 0`)
		require.NoError(t, err)
		_, err = db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)`, version)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		_, err = Open(ctx, path, &Options{ReadOnly: true})
		require.ErrorContains(t, err, want)
	}
}
