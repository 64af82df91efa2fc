package audit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/alreasense/campaigns/store/sqlite"
)

// monday is a Monday, 09:00 in São Paulo.
var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a store that an engine plays on, with a gateway that fails in every
// way that a gateway can.
type world struct {
	testing.TB
	ctx   context.Context
	dice  *rand.Rand
	clock *campaigntest.Clock
	sent  *campaigntest.LookupRecorder
	store campaign.Store
	e     *campaign.Engine
	// done are the messages that really went out.
	done []audit.Deed
	// calm makes the gateway accept everything.
	calm bool
	// haunted, once, happens while a send is under way, which is then accepted.
	haunted func(campaign.Outgoing)
	runs    int
	// every n-th person takes part; zero means all.
	every int
}

// secret keys the opt-outs of every world.
var secret = []byte("audit")

func newWorld(tb testing.TB, s campaign.Store, seed uint64) *world {
	w := &world{TB: tb, ctx: context.Background(), dice: rand.New(rand.NewPCG(seed, 1)), store: s,
		clock: campaigntest.NewClock(monday), sent: &campaigntest.LookupRecorder{}}
	w.sent.Now = w.clock.Now
	w.sent.Answer = w.answer
	w.sent.Kept = func(s campaigntest.Sent) bool { return s.ProviderID != "" || errors.Is(s.Err, errLost) }
	w.restart()
	return w
}

var (
	errLost = errors.New("connection reset")       // it went out
	errVoid = errors.New("i/o timeout")            // it did not, and nobody knows
	errOver = errors.New("gone out, left no mark") // it went out, and the gateway forgets it
)

// answer is the faulty gateway.
func (w *world) answer(m campaign.Outgoing) (campaign.Accepted, error) {
	id := fmt.Sprintf("3EB0%08X", len(w.sent.All()))
	ok := campaign.Accepted{ProviderID: id, At: w.clock.Now(), Began: w.clock.Now()}
	perform := func() {
		w.done = append(w.done, audit.Deed{Phone: m.To, At: w.clock.Now(), Attempt: m.Attempt, ProviderID: id})
	}
	if f := w.haunted; f != nil {
		w.haunted = nil
		perform()
		f(m)
		return ok, nil
	}
	n := w.dice.IntN(100)
	if w.calm {
		n = 99
	}
	switch {
	case n < 8:
		return campaign.Accepted{}, campaign.NotSent(errors.New("connection refused"))
	case n < 13:
		return campaign.Accepted{}, campaign.Refused(campaign.Because("not_on_whatsapp"), errors.New("exists:false"))
	case n < 16:
		return campaign.Accepted{}, campaign.Hold(campaign.Because("key_refused"), errors.New("401"))
	case n < 19:
		return campaign.Accepted{}, campaign.SlowDown(90*time.Second, errors.New("429"))
	case n < 21:
		return campaign.Accepted{}, campaign.ErrLate
	case n < 26:
		perform()
		return campaign.Accepted{}, errLost
	case n < 30:
		return campaign.Accepted{}, errVoid
	case n < 33:
		perform()
		return campaign.Accepted{}, errOver
	}
	perform()
	return ok, nil
}

// restart is a new process: what the old one had in flight is swept.
func (w *world) restart() {
	w.Helper()
	w.runs++
	e, err := campaign.New(w.store, w.sent, &campaign.Options{Now: w.clock.Now, Secret: secret, Daemon: fmt.Sprintf("run %d", w.runs)})
	require.NoError(w, err)
	w.e = e
}

func (w *world) as(t campaign.Tenant) *campaign.Service {
	return w.e.As(campaign.Caller{Tenant: t, Author: "ana", Role: campaign.Host})
}

// play runs the engine for d, and hears of what it has sent.
func (w *world) play(d time.Duration) {
	w.Helper()
	end := w.clock.Now().Add(d)
	for w.clock.Now().Before(end) {
		campaigntest.Play(w, w.e, w.clock, minTime(end, w.clock.Now().Add(20*time.Minute)))
		w.hear()
	}
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// hear reports the fate of what was sent: doubled, in any order, and never for
// phones that end in 7.
func (w *world) hear() {
	w.Helper()
	for _, t := range []campaign.Tenant{"acme", "beta"} {
		numbers, err := w.as(t).Numbers(w.ctx)
		require.NoError(w, err)
		by := map[campaign.Route]campaign.InstanceID{}
		for _, n := range numbers {
			by[n.Instance.Route()] = n.Instance.ID
		}
		for _, s := range w.sent.All() {
			i, ok := by[s.Route]
			if !ok || s.ProviderID == "" || strings.HasSuffix(string(s.To), "7") || w.dice.IntN(4) > 0 {
				continue
			}
			kinds := []campaign.NoticeKind{campaign.NoticeServer, campaign.NoticeDelivered, campaign.NoticeRead, campaign.NoticeDelivered}
			if w.dice.IntN(12) == 0 && !w.calm {
				kinds = []campaign.NoticeKind{campaign.NoticeError}
			}
			k := kinds[w.dice.IntN(len(kinds))]
			require.NoError(w, w.e.Receive(w.ctx, campaign.Notice{Tenant: t, Instance: i, ProviderID: s.ProviderID, Kind: k, At: w.clock.Now()}))
		}
	}
}

func phone(n int) contact.Phone { return contact.Phone(fmt.Sprintf("+551190000%04d", n)) }

func people(from, n int) []contact.Contact {
	cs := make([]contact.Contact, n)
	for i := range cs {
		cs[i] = contact.Contact{Name: fmt.Sprintf("Ana %d", from+i), Phone: phone(from + i)}
	}
	return cs
}

func (w *world) number(t campaign.Tenant, remote string, p campaign.Pace) campaign.InstanceID {
	w.Helper()
	in, err := w.as(t).AddInstance(w.ctx, campaign.Instance{Remote: remote, Pace: p, Since: monday.AddDate(0, 0, -1)})
	require.NoError(w, err)
	return in.ID
}

func (w *world) draft(t campaign.Tenant, from, n int, d campaign.Draft) campaign.ID {
	w.Helper()
	if d.Messages == nil {
		d.Messages = []campaign.Message{{Text: "Oi, {{nome}}"}, {Text: "Olá, {{nome}}"}}
	}
	if d.Name == "" {
		d.Name = "teste"
	}
	c, err := w.as(t).Create(w.ctx, d)
	require.NoError(w, err)
	all := people(from, n)
	if w.every > 1 {
		all = slices.DeleteFunc(all, func(p contact.Contact) bool { return int(p.Phone[13]-'0')%w.every != 0 })
	}
	_, err = w.as(t).Add(w.ctx, c.ID, campaign.Everyone(all...))
	require.NoError(w, err)
	return c.ID
}

func (w *world) start(t campaign.Tenant, id campaign.ID) {
	w.Helper()
	_, err := w.as(t).Start(w.ctx, id)
	require.NoError(w, err)
}

// decide gives an operator's word on everything that may be decided now.
func (w *world) decide(t campaign.Tenant, id campaign.ID) {
	w.Helper()
	s := w.as(t)
	lost, err := s.Recipients(w.ctx, campaign.RecipientQuery{Campaign: id, States: []campaign.State{campaign.Unknown}, Limit: 1000})
	require.NoError(w, err)
	for _, p := range lost {
		d := []campaign.Decision{campaign.MarkSent, campaign.MarkNotSent, campaign.Resend}[w.dice.IntN(3)]
		if err := s.Decide(w.ctx, p.ID, d, "por telefone"); err != nil {
			require.ErrorIs(w, err, campaign.ErrConflict)
		}
	}
}

// life plays what happens in an installation: two tenants, five campaigns that
// share people, and everything that people and gateways do to them. Every kind
// of row is in the store afterwards.
func (w *world) life() {
	w.Helper()
	fast := campaign.Pace{MinGap: 2 * time.Second, MaxGap: 5 * time.Second, PerHour: 400, PerDay: 1500, PauseEvery: 50, PauseFor: time.Minute}
	if w.every > 1 {
		fast.MinGap, fast.MaxGap = fast.MinGap*time.Duration(w.every), fast.MaxGap*time.Duration(w.every)
	}
	n1, n2 := w.number("acme", "n1", fast), w.number("acme", "n2", campaign.Pace{NoGap: true})
	n3 := w.number("beta", "n3", campaign.Pace{MinGap: time.Second, MaxGap: time.Second, Ramp: []int{40 / max(w.every, 1), 60 / max(w.every, 1)}})
	acme := w.as("acme")
	_, err := acme.SetCalendar(w.ctx, campaign.Calendar{States: []string{"SP"}, Optional: true})
	require.NoError(w, err)

	big := w.draft("acme", 0, 300, campaign.Draft{Instances: []campaign.InstanceID{n1}, Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}})
	other := w.draft("acme", 100, 120, campaign.Draft{Instances: []campaign.InstanceID{n2}, AtLeastOnce: true,
		Schedule: schedule.Spec{Kind: schedule.KindCustom, Daily: []schedule.Span{{From: holiday.ClockAt(8, 0), To: holiday.ClockAt(21, 0)}}}})
	theirs := w.draft("beta", 50, 150, campaign.Draft{Instances: []campaign.InstanceID{n3}})
	require.NoError(w, acme.OptOut(w.ctx, campaign.Because("keyword"), phone(3), phone(105), phone(290)))
	for _, c := range []struct {
		t  campaign.Tenant
		id campaign.ID
	}{{"acme", big}, {"acme", other}, {"beta", theirs}} {
		w.start(c.t, c.id)
	}
	w.play(10 * time.Minute)
	w.crash()
	w.zombie(campaign.MarkNotSent, false)
	w.zombie(campaign.Resend, false)
	w.zombie(campaign.Resend, true)
	acme, beta := w.as("acme"), w.as("beta")
	w.play(2 * time.Minute)
	_, err = acme.Pause(w.ctx, big, "almoço")
	require.NoError(w, err)
	w.play(10 * time.Minute)
	c, err := acme.Campaign(w.ctx, big)
	require.NoError(w, err)
	_, err = acme.Edit(w.ctx, big, c.Rev, func(d *campaign.Draft) error { d.Description = "à tarde"; return nil })
	require.NoError(w, err)
	_, err = acme.Add(w.ctx, big, campaign.Everyone(people(400, 20)...))
	require.NoError(w, err)
	_, err = acme.Resume(w.ctx, big)
	require.NoError(w, err)
	w.decide("beta", theirs)
	w.play(20 * time.Minute)
	_, err = beta.Cancel(w.ctx, theirs, "mudou a oferta")
	require.NoError(w, err)
	w.crash()
	w.play(time.Hour)
	w.decide("acme", big)
	w.decide("beta", theirs)
	w.play(8 * time.Hour)
	last := w.draft("beta", 0, 30, campaign.Draft{Instances: []campaign.InstanceID{n3}, StartAt: w.clock.Now().Add(30 * time.Minute)})
	w.start("beta", last)
	w.draft("beta", 500, 5, campaign.Draft{Name: "rascunho"})
	w.play(40 * time.Minute)
	w.crash()
}

// mortal is a store that a process loses in the middle of its work.
type mortal struct {
	campaign.Store
	dead bool
}

var errDead = errors.New("the process is gone")

func (m *mortal) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, f func(*campaign.Rows)) (*campaign.Rows, error) {
	if m.dead {
		return nil, errDead
	}
	return m.Store.Settle(ctx, now, ss, f)
}

// crash kills the process between a send and its settlement, and starts
// another one.
func (w *world) crash() {
	w.Helper()
	body := &mortal{Store: w.store, dead: true}
	e, err := campaign.New(body, w.sent, &campaign.Options{Now: w.clock.Now, Secret: secret, Daemon: fmt.Sprintf("dying %d", w.runs)})
	require.NoError(w, err)
	for range 200 {
		next, err := e.Step(w.ctx)
		if err != nil {
			require.ErrorIs(w, err, errDead)
			break
		}
		if next.After(w.clock.Now()) {
			w.clock.Set(next)
		}
	}
	w.restart()
}

// zombie makes the next send last so long that its process is given up and a
// person decides about it; then its answer comes after all.
func (w *world) zombie(d campaign.Decision, takeAgain bool) {
	w.haunted = func(m campaign.Outgoing) {
		w.clock.Advance(20 * time.Minute)
		w.runs++
		other, err := campaign.New(w.store, w.sent, &campaign.Options{Now: w.clock.Now, Secret: secret, Daemon: fmt.Sprintf("other %d", w.runs)})
		require.NoError(w, err)
		_, err = other.Step(w.ctx)
		require.NoError(w, err)
		s := other.As(campaign.Caller{Tenant: m.Route.Tenant, Author: "bia", Role: campaign.Host})
		cs, err := s.Campaigns(w.ctx, campaign.CampaignQuery{})
		require.NoError(w, err)
		for _, c := range cs {
			for _, a := range w.flights(m.Route.Tenant, c.ID) {
				if a.ID == m.Attempt {
					require.Equal(w, campaign.Lost, a.Phase)
					if err := s.Decide(w.ctx, a.Recipient, d, "por telefone"); err != nil {
						require.ErrorIs(w, err, campaign.ErrConflict) // a resend, and the campaign has just ended
					}
				}
			}
		}
		for range 3 {
			if takeAgain {
				w.clock.Advance(time.Minute)
				_, err = other.Step(w.ctx)
				require.NoError(w, err)
			}
		}
	}
	for range 500 {
		next, err := w.e.Step(w.ctx)
		require.NoError(w, err)
		if w.haunted == nil {
			return
		}
		if next.After(w.clock.Now()) {
			w.clock.Set(next)
		}
	}
	require.FailNow(w, "nobody was sent to")
}

func (w *world) flights(t campaign.Tenant, id campaign.ID) (as []campaign.Attempt) {
	w.Helper()
	require.NoError(w, w.store.Tenant(t).View(w.ctx, func(r campaign.Reader) (err error) {
		as, err = r.Flights(id)
		return err
	}))
	return as
}

func check(tb testing.TB, s campaign.Store, o *audit.Options) audit.Report {
	tb.Helper()
	full := audit.Options{}
	if o != nil {
		full = *o
	}
	if o = &full; o.Key == nil {
		o.Key = campaign.SuppressionKeys(secret)
	}
	r, err := audit.Check(context.Background(), s, o)
	require.NoError(tb, err)
	return r
}

func openSQLite(tb testing.TB) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(context.Background(), filepath.Join(tb.TempDir(), "campaigns.db"), nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { s.Close() })
	return s
}

// healthy fails for each violation.
func healthy(t *testing.T, w *world, r audit.Report) {
	t.Helper()
	for _, v := range r.Violations {
		t.Error(v)
		w.tell(v)
	}
	require.False(t, r.Stopped)
	require.Empty(t, r.Unchecked)
}

// tell prints what the store knows of the recipient that a violation is about.
func (w *world) tell(v audit.Violation) {
	w.Helper()
	if v.Position == 0 {
		return
	}
	require.NoError(w, w.store.Tenant(v.Tenant).View(w.ctx, func(r campaign.Reader) error {
		p, err := r.Recipient(campaign.RecipientID{Campaign: v.Campaign, Position: v.Position})
		require.NoError(w, err)
		past, err := r.History(v.Campaign, v.Position-1, v.Position)
		require.NoError(w, err)
		es, err := r.Events(campaign.EventQuery{Campaign: v.Campaign, Position: v.Position})
		require.NoError(w, err)
		w.Logf("%+v", p)
		for _, c := range past {
			w.Logf("%+v", c)
		}
		for _, e := range es {
			w.Logf("%+v", e)
		}
		return nil
	}))
}

func TestHealthyPlaysHaveNoViolation(t *testing.T) {
	stores := map[string]func(testing.TB) campaign.Store{
		"memory": func(testing.TB) campaign.Store { return memory.New() },
		"sqlite": func(tb testing.TB) campaign.Store { return openSQLite(tb) },
	}
	met := map[campaign.State]int64{}
	for name, seeds := range map[string]uint64{"memory": 8, "sqlite": 1} {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				w := newWorld(t, stores[name](t), seed)
				if name == "sqlite" {
					w.every = 3 // each of its thousands of commits reaches the disk
				}
				w.life()
				r := check(t, w.store, &audit.Options{Now: w.clock.Now, Deadline: 2 * time.Second, Performed: w.done})
				healthy(t, w, r)
				f := r.Figures
				require.Equal(t, 2, f.Tenants)
				require.Equal(t, 5, f.Campaigns)
				require.EqualValues(t, len(w.done), f.Matched)
				require.Greater(t, f.Asked, f.Unknown)
				require.Greater(t, f.Seals, int64(20))
				if w.every > 1 {
					return
				}
				require.EqualValues(t, 625, f.Recipients)
				require.Greater(t, f.Events, int64(1500))
				for _, s := range campaign.States() {
					met[s] += f.States[s]
				}
			})
		}
	}
	for _, s := range campaign.States() {
		require.Positive(t, met[s], "nobody is %s: the plays have become too simple", s)
	}
}

func TestEmptyStoreIsHealthy(t *testing.T) {
	r := check(t, memory.New(), nil)
	require.Empty(t, r.Violations)
	require.Zero(t, r.Figures.Recipients)
}
