package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

var saoPaulo = func() *time.Location {
	loc, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	return loc
}()

// at is an instant of São Paulo: "2026-02-13 09:00".
func at(t testing.TB, s string) time.Time {
	t.Helper()
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if v, err := time.ParseInLocation(layout, s, saoPaulo); err == nil {
			return v
		}
	}
	require.FailNow(t, "not an instant", s)
	return time.Time{}
}

// world is an engine on a memory store, a settable clock and a recorder.
type world struct {
	t     testing.TB
	clock *campaigntest.Clock
	sent  *campaigntest.LookupRecorder
	store campaign.Store
	e     *campaign.Engine
	s     *campaign.Service
	opts  campaign.Options
}

// secret keys the opt-outs of every world.
var secret = []byte("world")

const tenant campaign.Tenant = "loja"

func newWorld(t testing.TB, now string, with ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, clock: campaigntest.NewClock(at(t, now)), sent: &campaigntest.LookupRecorder{}, store: memory.New()}
	w.sent.Now = w.clock.Now
	w.opts = campaign.Options{Now: w.clock.Now, Daemon: "one", Secret: secret}
	for _, f := range with {
		f(w)
	}
	w.restart(w.opts.Daemon)
	return w
}

// restart is a new process on the same store.
func (w *world) restart(daemon string) {
	w.t.Helper()
	o := w.opts
	o.Daemon = daemon
	e, err := campaign.New(w.store, w.sent, &o)
	require.NoError(w.t, err)
	w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
}

func (w *world) numbers(n int, p campaign.Pace) (ids []campaign.InstanceID) {
	w.t.Helper()
	for i := range n {
		ids = append(ids, w.number(fmt.Sprintf("n%d", i), p))
	}
	return ids
}

func (w *world) number(name string, p campaign.Pace) campaign.InstanceID {
	w.t.Helper()
	in, err := w.s.AddInstance(context.Background(), campaign.Instance{Remote: name, Pace: p})
	require.NoError(w.t, err)
	return in.ID
}

func people(from, n int) []contact.Contact {
	cs := make([]contact.Contact, n)
	for i := range cs {
		cs[i] = contact.Contact{Name: fmt.Sprintf("Ana %d", from+i), Phone: contact.Phone(fmt.Sprintf("+551190%07d", from+i))}
	}
	return cs
}

// draft is a campaign with its audience, not started.
func (w *world) draft(n int, d campaign.Draft) campaign.Campaign {
	w.t.Helper()
	ctx := context.Background()
	if d.Name == "" {
		d.Name = "teste"
	}
	if d.Messages == nil {
		d.Messages = []campaign.Message{{Text: "Oi, {{nome}}"}}
	}
	c, err := w.s.Create(ctx, d)
	require.NoError(w.t, err)
	in, err := w.s.Add(ctx, c.ID, campaign.Everyone(people(1, n)...))
	require.NoError(w.t, err)
	require.EqualValues(w.t, n, in.Added)
	return c
}

// start is a campaign that runs.
func (w *world) start(n int, d campaign.Draft) campaign.Campaign {
	w.t.Helper()
	c := w.draft(n, d)
	c, err := w.s.Start(context.Background(), c.ID)
	require.NoError(w.t, err)
	return c
}

func (w *world) play(until string) campaigntest.Played {
	w.t.Helper()
	return campaigntest.Play(w.t, w.e, w.clock, at(w.t, until))
}

func (w *world) progress(id campaign.ID) campaign.Progress {
	w.t.Helper()
	p, err := w.s.Progress(context.Background(), id)
	require.NoError(w.t, err)
	require.Equal(w.t, p.Total, p.Pending+p.Sending+p.Unknown+p.Sent+p.Failed+p.Skipped+p.Cancelled, "the states sum to the audience")
	return p
}

func (w *world) status(id campaign.ID) campaign.Status {
	w.t.Helper()
	c, err := w.s.Campaign(context.Background(), id)
	require.NoError(w.t, err)
	return c.Status
}

func (w *world) events(id campaign.ID, types ...campaign.EventType) []campaign.Event {
	w.t.Helper()
	var all []campaign.Event
	q := campaign.EventQuery{Campaign: id, Types: types, Limit: 1000}
	for {
		es, err := w.s.Events(context.Background(), q)
		require.NoError(w.t, err)
		all = append(all, es...)
		if len(es) < 1000 {
			return all
		}
		q.After = es[len(es)-1].Seq
	}
}

func (w *world) recipient(id campaign.ID, pos int64) campaign.Recipient {
	w.t.Helper()
	r, err := w.s.Recipient(context.Background(), campaign.RecipientID{Campaign: id, Position: pos})
	require.NoError(w.t, err)
	return r
}

// once fails unless each phone got at most one accepted message, and returns
// how many got one.
func (w *world) once() int {
	w.t.Helper()
	n := 0
	for phone, all := range w.sent.ByPhone() {
		k := 0
		for _, s := range all {
			if s.ProviderID != "" {
				k++
			}
		}
		require.LessOrEqual(w.t, k, 1, "%s got %d messages", phone.Redacted(), k)
		n += k
	}
	return n
}

var errDial = campaign.NotSent(errors.New("connection refused"))

func fast() campaign.Pace { return campaign.Pace{NoGap: true} }

func businessDays() schedule.Spec { return schedule.Spec{Kind: schedule.KindBusinessDays} }
