package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/stretchr/testify/require"
)

// ear is a listener that counts what wakes it.
type ear struct {
	t    testing.TB
	woke chan struct{}
	end  context.CancelFunc
	done chan error
}

func (w *world) listens() *ear {
	w.Helper()
	ctx, cancel := context.WithCancel(w.ctx)
	e := &ear{t: w.TB, woke: make(chan struct{}, 100), end: cancel, done: make(chan error, 1)}
	go func() { e.done <- w.Wakes(ctx, func() { e.woke <- struct{}{} }) }()
	w.Cleanup(cancel)
	return e
}

// hears waits until the listener was woken.
func (e *ear) hears(why string) {
	e.t.Helper()
	select {
	case <-e.woke:
	case err := <-e.done:
		e.t.Fatalf("%s: the listener has ended: %v", why, err)
	case <-time.After(time.Minute):
		e.t.Fatalf("%s: nothing was heard", why)
	}
}

// told is what the channel carries, heard by a session that goes past the
// program.
func (w *world) told() func(why string, times int) {
	c := w.session()
	_, err := c.Exec(w.ctx, `LISTEN campaigns_wake`)
	require.NoError(w, err)
	mark := w.session()
	return func(why string, times int) {
		w.Helper()
		// What was committed before this one comes before it.
		_, err := mark.Exec(w.ctx, `SELECT pg_notify('campaigns_wake', 'mark')`)
		require.NoError(w, err)
		for n := 0; ; n++ {
			got, err := c.WaitForNotification(w.ctx)
			require.NoError(w, err)
			if got.Payload == "mark" {
				require.Equal(w, times, n, why)
				return
			}
			require.Equal(w, w.name, got.Payload)
		}
	}
}

// Commands and results that may let something be due earlier tell the others,
// once a transaction and only when it is committed; nothing else does.
func TestWakes_WhatIsTold(t *testing.T) {
	w := newWorld(t, nil)
	id := w.campaign("acme", 1, 0, 9)
	told := w.told()
	w.update("acme", func(tx campaign.Writer) error { return tx.Wake(id, noon) })
	told("a command that wakes instances", 1)
	w.update("acme", func(tx campaign.Writer) error { require.NoError(t, tx.Wake(id, noon)); return tx.Wake(0, noon) })
	told("once a transaction", 1)
	w.update("acme", func(tx campaign.Writer) error {
		return tx.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{1})
	})
	told("an opt-out wakes nobody", 0)
	require.Error(t, w.Tenant("acme").Update(w.ctx, func(tx campaign.Writer) error {
		require.NoError(t, tx.Wake(id, noon))
		return context.Canceled
	}))
	told("a command that was undone", 0)
	as := w.take(1, 1)
	require.Len(t, as, 1)
	require.NoError(t, w.settle(as))
	told("a result that moves no instant", 0)
	as = w.take(1, 1)
	require.Len(t, as, 1)
	_, err := w.Settle(w.ctx, noon, []campaign.Settlement{{Attempt: as[0].ID, Outcome: campaign.OutcomeAccepted}}, func(r *campaign.Rows) {
		for _, n := range r.Numbers {
			n.Meter.WakeAt = noon.Add(time.Hour)
		}
	})
	require.NoError(t, err)
	told("a result that lets an instance go later", 0)
	settle := func(f func(*campaign.Rows)) {
		_, err := w.Settle(w.ctx, noon, []campaign.Settlement{{Attempt: as[0].ID, Outcome: campaign.OutcomeAccepted}}, f)
		require.NoError(t, err)
	}
	settle(func(r *campaign.Rows) {
		for _, n := range r.Numbers {
			n.Meter.WakeAt = noon
		}
	})
	told("a result that lets an instance go earlier", 1)
	settle(func(r *campaign.Rows) { r.Rouse = map[campaign.ID]time.Time{id: noon} })
	told("somebody is to be taken again", 1)
}

// A listener is woken at the beginning, by others and not by itself, again
// after its connection broke, and ends with its context and with its store.
func TestWakes(t *testing.T) {
	one := newWorld(t, nil)
	id := one.campaign("acme", 1, 0, 9)
	direct := one.pool.Config().ConnString()
	p := servers.NewProxy(t, target(t, direct))
	two := &world{TB: t, Store: connect(t, p.URL(direct)), ctx: one.ctx, next: 1 << 32}
	wake := func(w *world) {
		w.update("acme", func(tx campaign.Writer) error { return tx.Wake(id, noon) })
	}
	a, b := one.listens(), two.listens()
	a.hears("the beginning")
	b.hears("the beginning")
	wake(one)
	b.hears("another's command")
	wake(two)
	a.hears("another's command")
	require.Empty(t, a.woke, "its own command")
	require.Empty(t, b.woke, "its own command")

	p.Reset()
	b.hears("a new connection")
	p.Cut()
	p.Heal()
	b.hears("a new connection, after one was refused")
	wake(one)
	b.hears("another's command, after the connection broke")

	a.end()
	require.ErrorIs(t, <-a.done, context.Canceled)
	require.NoError(t, two.Close())
	p.Reset() // it is not listening for that
	require.ErrorIs(t, <-b.done, campaign.ErrClosed)
	require.ErrorIs(t, two.Wakes(two.ctx, func() { t.Error("woken") }), campaign.ErrClosed)
}
