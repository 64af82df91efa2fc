package imports

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// calling calls a function before each upsert.
type calling struct {
	contact.Store
	before func(n int)
	n      *int
}

func (c calling) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	*c.n++
	c.before(*c.n)
	return c.Store.UpsertContacts(ctx, now, cs)
}

func TestCancel_inTheMiddle(t *testing.T) {
	s := open(t, Options{Batch: 10})
	var j Job
	n := 0
	s.wrap = func(c contact.Store) contact.Store {
		return calling{c, func(n int) {
			if n == 4 {
				_, err := s.desk().Cancel(s.ctx, j.ID)
				require.NoError(t, err)
			}
		}, &n}
	}
	j = s.upload("x.csv", people(95))
	j = s.run(j)
	require.Equal(t, Cancelled, j.Status)
	require.EqualValues(t, 30, j.Progress.Added, "what the job knows of")
	require.Len(t, s.everybody(contact.Filter{}), 40, "the batch that was under way")
	require.NoFileExists(t, s.spool.source(j.ID))
	_, err := s.desk().Cancel(s.ctx, j.ID)
	require.NoError(t, err, "again changes nothing")
	_, err = s.desk().Start(s.ctx, j.ID)
	require.ErrorIs(t, err, ErrState)
	require.NoError(t, s.desk().Delete(s.ctx, j.ID))
	require.Empty(t, s.files())
	_, err = s.desk().Get(s.ctx, j.ID)
	require.ErrorIs(t, err, ErrNotFound)
}

// Two jobs of a tenant, worked off by Run, leave each person once.
func TestRun_twoJobs(t *testing.T) {
	s := open(t, Options{Batch: 10})
	a, b := s.upload("a.csv", people(60)), s.upload("b.csv", people(80))
	ctx, stop := context.WithCancel(s.ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Queue.Run(ctx) }()
	for _, j := range []Job{a, b} {
		_, err := s.desk().Start(s.ctx, j.ID)
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return s.get(a.ID).Status.Ended() && s.get(b.ID).Status.Ended() }, time.Minute, 5*time.Millisecond)
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
	a, b = s.get(a.ID), s.get(b.ID)
	require.Equal(t, []Status{Done, Done}, []Status{a.Status, b.Status})
	require.EqualValues(t, 80, a.Progress.Added+b.Progress.Added)
	require.EqualValues(t, 60, a.Progress.Same+b.Progress.Same)
	require.Len(t, s.everybody(contact.Filter{}), 80)
}

// full is a file on a disk that has room for so many bytes.
type full struct {
	io.WriteCloser
	left int
}

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return f.WriteCloser.Write(p)
}

func TestDiskFull(t *testing.T) {
	s := open(t, Options{})
	create, room := s.spool.create, 1000
	s.spool.create = func(path string) (io.WriteCloser, error) {
		w, err := create(path)
		return &full{w, room}, err
	}
	_, err := s.desk().Upload(s.ctx, "x.csv", strings.NewReader(people(1000)))
	require.ErrorIs(t, err, errFull)
	require.Empty(t, s.files(), "nothing is left of it")
	jobs, err := s.desk().List(s.ctx, "", 0)
	require.NoError(t, err)
	require.Empty(t, jobs)

	// Full while refused rows are written: the job waits for room.
	room = 1 << 20
	j := s.upload("x.csv", people(1000))
	room = 100
	_, err = s.desk().Start(s.ctx, j.ID)
	require.NoError(t, err)
	_, err = s.Step(s.ctx)
	require.ErrorIs(t, err, errFull)
	require.Equal(t, Running, s.get(j.ID).Status)
	room = 1 << 20
	s.drain()
	require.Equal(t, Done, s.get(j.ID).Status)
	require.EqualValues(t, 1000, s.get(j.ID).Progress.Added)
	require.Equal(t, 102, strings.Count(s.refused(j.ID), "\n"))
}

func TestUpload_refused(t *testing.T) {
	s := open(t, Options{MaxSize: 100})
	_, err := s.desk().Upload(s.ctx, "x.csv", strings.NewReader(strings.Repeat("x", 101)))
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = s.desk().Upload(s.ctx, "x.csv", strings.NewReader(""))
	require.ErrorIs(t, err, ErrEmpty)
	require.Empty(t, s.files())
	_, err = s.desk().Upload(s.ctx, "x.csv", strings.NewReader(strings.Repeat("x", 100)))
	require.NoError(t, err)
}

// Another tenant's job is nobody's.
func TestTenants(t *testing.T) {
	s := open(t, Options{AskConsent: true})
	j := s.upload("x.csv", people(3))
	other := s.Desk("other", "bia")
	for _, err := range []error{
		first(other.Get(s.ctx, j.ID)), first(other.Start(s.ctx, j.ID)), first(other.Cancel(s.ctx, j.ID)), first(other.Preview(s.ctx, j.ID, nil)),
		first(other.Refused(s.ctx, j.ID)), other.Delete(s.ctx, j.ID), first(other.Map(s.ctx, j.ID, 0, func(*Plan) error { return nil })),
	} {
		require.ErrorIs(t, err, ErrNotFound)
	}
	_, err := s.desk().Start(s.ctx, j.ID)
	require.ErrorIs(t, err, ErrConsent)
	_, err = s.desk().Map(s.ctx, j.ID, j.Rev+1, func(*Plan) error { return nil })
	require.ErrorIs(t, err, ErrStale)
	_, err = s.desk().Map(s.ctx, j.ID, j.Rev, func(p *Plan) error { p.Basis = "because"; return nil })
	require.ErrorIs(t, err, ErrInvalid)
}

func first[T any](_ T, err error) error { return err }

// holding is a store in which each upsert takes a while, by the shop's clock.
type holding struct {
	contact.Store
	hold, each time.Duration // that a change may last, and that one person takes
	s          *shop
	most       *int
}

func (h holding) Hold() time.Duration { return h.hold }

func (h holding) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	h.s.pass(time.Duration(len(cs)) * h.each)
	*h.most = max(*h.most, len(cs))
	return h.Store.UpsertContacts(ctx, now, cs)
}

func TestBatches_areAsLargeAsTheStoreLetsThemLast(t *testing.T) {
	for _, c := range []struct {
		hold, each time.Duration
		most       int
	}{
		{0, 20 * time.Microsecond, 1000}, // 35 ms, where the store says nothing
		{0, time.Millisecond, 500},
		{250 * time.Millisecond, 20 * time.Microsecond, 2000},
		{250 * time.Millisecond, 100 * time.Microsecond, 1000},
	} {
		s, most := open(t, Options{}), 0
		s.wrap = func(people contact.Store) contact.Store { return holding{people, c.hold, c.each, s, &most} }
		s.run(s.upload("a.csv", people(12_000)))
		require.Equal(t, c.most, most, "%s at %s each", c.hold, c.each)
	}
}

// meeting is a store whose first members join only once a second batch is being
// stored.
type meeting struct {
	roomy
	n      *int
	second chan struct{}
}

func (m meeting) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	if *m.n++; *m.n == 2 {
		close(m.second)
	}
	return m.roomy.UpsertContacts(ctx, now, cs)
}

func (m meeting) AddMembers(ctx context.Context, now time.Time, group int64, ids []int64) (int64, error) {
	select {
	case <-m.second:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return m.roomy.AddMembers(ctx, now, group, ids)
}

func TestBatches_joinWhileTheNextIsStored(t *testing.T) {
	s := open(t, Options{Batch: 10})
	n, second := 0, make(chan struct{})
	s.wrap = func(c contact.Store) contact.Store { return meeting{roomy{c}, &n, second} }
	j := s.run(s.upload("x.csv", people(95)))
	require.Equal(t, Done, j.Status)
	require.Equal(t, 10, n)
	require.Len(t, s.everybody(contact.Filter{Group: j.GroupID}), 95)
}

func TestCancel_whileABatchJoinsAndTheNextIsStored(t *testing.T) {
	s := open(t, Options{Batch: 10})
	var j Job
	n := 0
	s.wrap = func(c contact.Store) contact.Store {
		return roomy{calling{c, func(n int) {
			if n == 4 {
				_, err := s.desk().Cancel(s.ctx, j.ID)
				require.NoError(t, err)
			}
		}, &n}}
	}
	j = s.upload("x.csv", people(95))
	j = s.run(j)
	require.Equal(t, Cancelled, j.Status)
	require.LessOrEqual(t, n, 5, "the batch that was under way, and at most the next")
	require.LessOrEqual(t, j.Progress.Added, int64(30))
	require.NoFileExists(t, s.spool.source(j.ID))
}
