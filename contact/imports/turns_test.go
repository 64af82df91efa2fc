package imports

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// What a small file makes on the disk is bounded.
func TestRefusedRowsHaveBounds(t *testing.T) {
	s := open(t, Options{MaxRefused: 1000})
	var b strings.Builder
	b.WriteString("nome;telefone\nAna;11900000001\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "x%d;1\n", i)
	}
	j := s.run(s.upload("x.csv", b.String()))
	require.Equal(t, Done, j.Status)
	require.EqualValues(t, 5000, j.Progress.Refused)
	rows := s.refused(j.ID)
	require.LessOrEqual(t, len(rows), 1000)
	require.EqualValues(t, 5000, j.Progress.Unwritten+int64(strings.Count(rows, "\n"))-1)
	require.True(t, strings.HasSuffix(rows, "\n"), "whole rows")

	// By default in proportion to the file: its smallest row makes 20 times as much.
	s = open(t, Options{})
	j = s.run(s.upload("x.csv", "telefone\n11900000001\n"+strings.Repeat("1\n", 200_000)))
	require.Less(t, int64(len(s.refused(j.ID))), 1<<20+16*j.File.Size)
	require.NotZero(t, j.Progress.Unwritten)
}

// A stop does not wait for the end of a file of nothing but refused rows.
func TestAStopIsHeardWhileRowsAreRefused(t *testing.T) {
	s := open(t, Options{})
	create := s.spool.create
	ctx, stop := context.WithCancel(t.Context())
	j := s.upload("x.csv", "telefone\n"+strings.Repeat("1\n", 200_000))
	s.spool.create = func(path string) (io.WriteCloser, error) {
		w, err := create(path)
		return &calls{w, stop}, err
	}
	_, err := s.desk().Start(s.ctx, j.ID)
	require.NoError(t, err)
	_, err = s.Step(ctx)
	require.ErrorIs(t, err, context.Canceled)
	f, err := os.Stat(s.spool.refused(j.ID))
	require.NoError(t, err)
	require.Less(t, f.Size(), int64(10_000))
	require.Equal(t, Running, s.get(j.ID).Status)
}

// calls tells of each write.
type calls struct {
	io.WriteCloser
	f func()
}

func (c *calls) Write(p []byte) (int, error) {
	c.f()
	return c.WriteCloser.Write(p)
}

// A tenant that hands in many files, or a large one, holds up nobody else.
func TestTenantsTakeTurns(t *testing.T) {
	s := open(t, Options{})
	var order []string
	ids := map[string]string{}
	queue := func(tenant, name string) {
		d := s.Desk(tenant, "ana")
		j, err := d.Upload(s.ctx, name, strings.NewReader(people(3)))
		require.NoError(t, err)
		_, err = d.Start(s.ctx, j.ID)
		require.NoError(t, err)
		ids[j.ID] = tenant + "/" + name
		s.pass(time.Second)
	}
	for i := range 3 {
		queue("evil", fmt.Sprint(i))
	}
	queue("beta", "0")
	queue("acme", "0")
	queue("beta", "1")
	for {
		j, err := s.next(s.ctx)
		require.NoError(t, err)
		if j == nil {
			break
		}
		order = append(order, ids[j.ID])
		require.NoError(t, s.work(s.ctx, j))
		s.turns.end(j.tenant, true)
	}
	require.Equal(t, []string{"evil/0", "beta/0", "acme/0", "evil/1", "beta/1", "evil/2"}, order)

	queue("evil", "3")
	queue("evil", "4")
	queue("beta", "2")
	one, err := s.next(s.ctx)
	require.NoError(t, err)
	two, err := s.next(s.ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"beta/2", "evil/3"}, []string{ids[one.ID], ids[two.ID]})
	three, err := s.next(s.ctx)
	require.NoError(t, err)
	require.Nil(t, three, "a tenant has one at work")
	s.turns.end(two.tenant, true)
	three, err = s.next(s.ctx)
	require.NoError(t, err)
	require.Equal(t, "evil/3", ids[three.ID], "which nobody has ended")
}

// While a tenant's job does not end, others' do.
func TestRun_tenantsBesideOneAnother(t *testing.T) {
	s := open(t, Options{})
	held, release := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	s.wrap = func(c contact.Store) contact.Store {
		n := 0
		return calling{c, func(int) {
			if first.CompareAndSwap(false, true) {
				close(held)
				<-release
			}
		}, &n}
	}
	s.restart()
	evil := s.upload("x.csv", people(3))
	ctx, stop := context.WithCancel(s.ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Queue.Run(ctx) }()
	_, err := s.desk().Start(s.ctx, evil.ID)
	require.NoError(t, err)
	<-held
	beta := s.Desk("beta", "bia")
	j, err := beta.Upload(s.ctx, "y.csv", strings.NewReader(people(3)))
	require.NoError(t, err)
	_, err = beta.Start(s.ctx, j.ID)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		j, err := beta.Get(s.ctx, j.ID)
		return err == nil && j.Status == Done
	}, time.Minute, 5*time.Millisecond)
	require.Equal(t, Running, s.get(evil.ID).Status)
	close(release)
	require.Eventually(t, func() bool { return s.get(evil.ID).Status == Done }, time.Minute, 5*time.Millisecond)
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
}
