package campaign_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/sqlite"
)

type markInMemory struct {
	seq int64
	err error
}

func (m *markInMemory) Load(context.Context) (int64, error) { return m.seq, m.err }
func (m *markInMemory) Save(_ context.Context, seq int64) error {
	m.seq = seq
	return m.err
}

// A database that was taken back to a backup has people pending who got their
// message after it: nothing goes out until somebody resumes.
func TestARestoredDatabaseOpensPaused(t *testing.T) {
	dir := t.TempDir()
	mark := &markInMemory{}
	s, err := sqlite.Open(ctx, dir+"/live.db", nil)
	require.NoError(t, err)
	defer s.Close()
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.store, w.opts.Mark = s, mark })
	ids := w.numbers(2, campaign.Pace{})
	running := w.start(50, campaign.Draft{Instances: ids[:1]})
	planned := w.start(5, campaign.Draft{Name: "depois", StartAt: at(t, "2026-03-02 10:00"), Instances: ids[1:]})
	w.play("2026-03-02 09:05")
	require.NoError(t, s.Backup(ctx, dir+"/backup.db"))
	w.play("2026-03-02 09:15")
	before := w.sent.Count()
	require.Greater(t, before, 10)
	require.Positive(t, mark.seq)

	w.restart("the same database")
	w.play("2026-03-02 09:16")
	require.Equal(t, campaign.Active, w.status(running.ID), "an ordinary restart stops nothing")
	before = w.sent.Count()

	old, err := sqlite.Open(ctx, dir+"/backup.db", nil)
	require.NoError(t, err)
	defer old.Close()
	w.store = old
	w.restart("after the restore")
	w.play("2026-03-03 09:00")
	require.Equal(t, before, w.sent.Count(), "nothing is sent")
	for id, status := range map[campaign.ID]campaign.Status{running.ID: campaign.Paused, planned.ID: campaign.Drafted} {
		c, err := w.s.Campaign(ctx, id)
		require.NoError(t, err)
		require.Equal(t, status, c.Status)
		require.Equal(t, campaign.ByRestore, c.Cause)
		require.Equal(t, campaign.CodeRestored, c.Why.Code)
	}
	w.restart("the next process")
	w.play("2026-03-03 10:00")
	require.Equal(t, campaign.Paused, w.status(running.ID), "it does not resume by itself")
	_, err = w.s.Resume(ctx, running.ID)
	require.NoError(t, err, "a person may")
}

// behind is a store whose server is exchanged under a running engine.
type behind struct{ campaign.Store }

// A failover to a server that lacks something, under an engine that runs, is a
// restored database as well: it shows with the next beat.
func TestADatabaseThatFallsBehindPausesARunningEngine(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(ctx, dir+"/live.db", nil)
	require.NoError(t, err)
	defer s.Close()
	server := &behind{s}
	mark := &markInMemory{}
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.store, w.opts.Mark = server, mark })
	c := w.start(50, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 09:05")
	require.NoError(t, s.Backup(ctx, dir+"/backup.db"))
	w.play("2026-03-02 09:10")
	before := w.sent.Count()
	old, err := sqlite.Open(ctx, dir+"/backup.db", nil)
	require.NoError(t, err)
	defer old.Close()
	server.Store = old
	w.s = w.e.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host}) // what was bound before holds the other server's rows
	w.play("2026-03-02 09:30")
	require.LessOrEqual(t, w.sent.Count(), before+1, "what fell due before the beat")
	got, err := w.s.Campaign(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.Paused, got.Status)
	require.Equal(t, campaign.ByRestore, got.Cause)
	_, err = w.s.Resume(ctx, c.ID)
	require.NoError(t, err)
	w.play("2026-03-02 09:40")
	require.Equal(t, campaign.Active, w.status(c.ID), "it is noticed once")
}

func TestAMarkThatCannotBeReadSendsNothing(t *testing.T) {
	mark := &markInMemory{err: errors.New("disk full")}
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Mark = mark })
	w.start(1, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	_, err := w.e.Step(ctx)
	require.ErrorContains(t, err, "nothing is sent")
	require.Zero(t, w.sent.Count())
	require.ErrorContains(t, w.e.Run(ctx), "nothing is sent")
	mark.err = nil
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, w.sent.Count())
}

func TestQuietWaitsForTheResults(t *testing.T) {
	blocked(t, func(t *testing.T, b *blocking, _ *campaign.Engine, s *campaign.Service, c campaign.Campaign, _ func() error) {
		synctest.Wait()
		_, err := s.Pause(ctx, c.ID, "")
		require.NoError(t, err)
		go func() {
			time.Sleep(time.Minute)
			close(b.gate)
		}()
		from := time.Now()
		require.NoError(t, s.Quiet(ctx, c.ID))
		require.Equal(t, time.Minute, time.Since(from))
		p, err := s.Progress(ctx, c.ID)
		require.NoError(t, err)
		require.EqualValues(t, 3, p.Sent)
	})
}
