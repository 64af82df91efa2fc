package postgres

import (
	"errors"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/stretchr/testify/require"
)

func pausing(id campaign.ID) func(campaign.Writer) error {
	return func(tx campaign.Writer) error {
		c, err := tx.Campaign(id)
		if err != nil {
			return err
		}
		c.Status = campaign.Paused
		c.Rev++
		return errors.Join(tx.SaveCampaign(&c), tx.Vacate(id))
	}
}

// gated is a function of the domain that reports when it has been called and
// goes on when it is let.
func gated[T any](f func(T)) (g func(T), called, let chan struct{}) {
	called, let = make(chan struct{}), make(chan struct{})
	return func(v T) { close(called); <-let; f(v) }, called, let
}

type taken struct {
	r   *campaign.Rows
	err error
}

// A pause that meets a take waits for it; what the take has begun is there
// when the pause has returned, and nothing more is taken.
func TestRace_PauseWaitsForTake(t *testing.T) {
	one := newWorld(t, nil)
	two := one.second(nil)
	id := one.campaign("acme", 1, 0, 10)
	plan, planning, let := gated(one.plan(1))
	took := make(chan taken, 1)
	go func() {
		r, err := one.Take(one.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 9}, plan)
		took <- taken{r, err}
	}()
	<-planning
	paused := make(chan error, 1)
	go func() { paused <- two.Tenant("acme").Update(two.ctx, pausing(id)) }()
	one.waitFor(somebodyWaits("advisory"))
	require.Empty(t, paused)
	// While it waits, further takes pass the tenant over instead of starving it.
	require.Empty(t, two.take(9, 9))
	close(let)
	got := <-took
	require.NoError(t, got.err)
	require.Len(t, got.r.Begin, 1)
	require.NoError(t, <-paused)
	require.EqualValues(t, 1, one.books("acme", id).Flying)
	require.Empty(t, one.take(9, 9))
	require.Empty(t, two.take(9, 9))
}

// A command that is under way keeps takes out of its tenant, and out of no
// other, even where its instances fill all that a take looks at.
func TestRace_TakePassesOverTenantsWithACommand(t *testing.T) {
	one := newWorld(t, nil)
	two := one.second(nil)
	one.campaign("acme", 3, 0, 10)
	beta := one.campaign("beta", 1, 100, 10)
	one.update("beta", func(tx campaign.Writer) error { return tx.Wake(0, noon) })
	id := one.campaign("acme", 1, 50, 10)
	writing, done := make(chan struct{}), make(chan error, 1)
	let := make(chan struct{})
	go func() {
		done <- one.Tenant("acme").Update(one.ctx, func(tx campaign.Writer) error {
			err := pausing(id)(tx)
			close(writing)
			<-let
			return err
		})
	}()
	<-writing
	as := two.take(3, 1)
	require.Len(t, as, 1)
	require.Equal(t, beta, as[0].Recipient.Campaign)
	close(let)
	require.NoError(t, <-done)
	require.Len(t, two.take(9, 1), 3, "the active campaign of the tenant goes on")
}

// An opt-out that is committed is seen by every later take, one that is being
// written keeps takes out.
func TestRace_OptOutAgainstTake(t *testing.T) {
	one := newWorld(t, nil)
	two := one.second(nil)
	id := one.campaign("acme", 1, 0, 3)
	key := campaign.SuppressionKey{1}
	writing, let, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- one.Tenant("acme").Update(one.ctx, func(tx campaign.Writer) error {
			err := tx.Suppress(noon, campaign.OutByOperator, key)
			close(writing)
			<-let
			return err
		})
	}()
	<-writing
	require.Empty(t, two.take(1, 1))
	close(let)
	require.NoError(t, <-done)
	q := campaign.TakeQuery{Now: noon, Max: 1, Slots: 1, Keys: func(_ campaign.Tenant, p contact.Phone) []campaign.SuppressionKey {
		if p == phone(0) {
			return []campaign.SuppressionKey{key}
		}
		return []campaign.SuppressionKey{{}}
	}}
	r, err := two.Take(two.ctx, q, two.plan(1))
	require.NoError(t, err)
	require.Len(t, r.Begin, 1)
	require.Equal(t, phone(1), r.Begin[0].Phone)
	require.EqualValues(t, 1, one.books("acme", id).Cursor.Skipped)
}

// A calendar that is being changed keeps takes out; the next one has it.
func TestRace_CalendarAgainstTake(t *testing.T) {
	one := newWorld(t, nil)
	two := one.second(nil)
	id := one.campaign("acme", 1, 0, 3)
	plan, planning, let := gated(func(r *campaign.Rows) { require.Zero(t, r.Jobs[id].Calendar.Rev) })
	took := make(chan taken, 1)
	go func() {
		r, err := one.Take(one.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, plan)
		took <- taken{r, err}
	}()
	<-planning
	edited := make(chan error, 1)
	go func() {
		edited <- two.Tenant("acme").Update(two.ctx, func(tx campaign.Writer) error {
			return tx.SaveCalendar(campaign.Calendar{Rev: 1, States: []string{"SP"}})
		})
	}()
	one.waitFor(somebodyWaits("advisory"))
	require.Empty(t, edited)
	close(let)
	require.NoError(t, (<-took).err)
	require.NoError(t, <-edited)
	r, err := one.Take(one.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, one.plan(1))
	require.NoError(t, err)
	require.Equal(t, []string{"SP"}, r.Jobs[id].Calendar.States)
}

// A settlement that meets a pause waits for it and is stored.
func TestRace_SettleWaitsForPause(t *testing.T) {
	one := newWorld(t, nil)
	two := one.second(nil)
	id := one.campaign("acme", 1, 0, 3)
	as := one.take(1, 1)
	writing, let, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- one.Tenant("acme").Update(one.ctx, func(tx campaign.Writer) error {
			err := pausing(id)(tx)
			close(writing)
			<-let
			return err
		})
	}()
	<-writing
	settled := make(chan error, 1)
	go func() { settled <- two.settle(as) }()
	one.waitFor(somebodyWaits("advisory"))
	require.Empty(t, settled)
	close(let)
	require.NoError(t, <-done)
	require.NoError(t, <-settled)
	b := one.books("acme", id)
	require.EqualValues(t, 1, b.Tally.Sent)
	require.Zero(t, b.Flying)
}

// later is an instant after all others here.
const later = "9000000000000000"

// Two takes of one phone in the same instant, by two processes for two
// tenants: the later one waits for the earlier one's commit, and then puts its
// recipient among the waiting.
func TestRace_TwoTakesForOnePhone(t *testing.T) {
	for _, c := range []struct {
		name   string
		commit bool
	}{{"the first commits", true}, {"the first is undone", false}} {
		t.Run(c.name, func(t *testing.T) {
			one := newWorld(t, nil)
			two := one.second(nil)
			acme := one.campaign("acme", 1, 0, 5)
			require.NoError(t, one.raw(`UPDATE meters SET wake_at = `+later))
			first := one.session()
			_, err := first.Exec(one.ctx, `begin; update progress set position = 1;
				insert into attempts select decode(md5('x'), 'hex'), tenant, 1, 1, 1, 1, id, 0, '', '', '`+string(phone(0))+`', 1, '', 0,
				1, 1, 1, 1, 'd', 'flying', 1, 0, 0, '' from instances`)
			require.NoError(t, err)
			beta := two.campaign("beta", 1, 0, 5)
			took := make(chan taken, 1)
			go func() {
				r, err := two.Take(two.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, two.plan(1))
				took <- taken{r, err}
			}()
			one.waitFor(somebodyWaits("transactionid"))
			require.Empty(t, took)
			if !c.commit {
				_, err = first.Exec(one.ctx, `rollback`)
				require.NoError(t, err)
				got := <-took
				require.NoError(t, got.err)
				require.Len(t, got.r.Begin, 1)
				require.EqualValues(t, 1, two.books("beta", beta).Flying)
				return
			}
			_, err = first.Exec(one.ctx, `commit`)
			require.NoError(t, err)
			got := <-took
			require.NoError(t, got.err)
			require.Empty(t, got.r.Begin)
			b := two.books("beta", beta)
			require.EqualValues(t, 1, b.Waiting)
			require.EqualValues(t, 1, b.Cursor.Position)
			require.Zero(t, b.Cursor.Picked[1])
			require.Equal(t, noon.Add(campaign.PhoneWait), b.NextDue)
			require.EqualValues(t, 1, one.books("acme", acme).Flying)
			two.view("beta", func(r campaign.Reader) error {
				es, err := r.Events(campaign.EventQuery{})
				require.NoError(t, err)
				require.Len(t, es, 1)
				require.Equal(t, campaign.EventPostponed, es[0].Type)
				return nil
			})
		})
	}
}

// Two processes that settle and absorb the same thing count it once.
func TestRace_OneReportIsAppliedOnce(t *testing.T) {
	one := newWorld(t, nil)
	two := one.second(nil)
	id := one.campaign("acme", 1, 0, 3)
	as := one.take(1, 1)
	require.NoError(t, one.settle(as))
	require.NoError(t, one.Stash(one.ctx, []campaign.Notice{{Tenant: "acme", Instance: as[0].Instance, ProviderID: provider(as[0].ID),
		Kind: campaign.NoticeDelivered, At: noon, ArrivedAt: noon}}))
	apply := func(r *campaign.Rows) {
		for _, n := range r.Notices {
			r.Jobs[id].Tally.Delivered++
			r.Absorbed = append(r.Absorbed, n.Seq)
		}
	}
	gate, applying, let := gated(apply)
	done := make(chan error, 2)
	absorb := func(w *world, f func(*campaign.Rows)) {
		_, err := w.Absorb(w.ctx, noon, time.Time{}, 10, f)
		done <- err
	}
	go absorb(one, gate)
	<-applying
	go absorb(two, apply)
	one.waitFor(somebodyWaits("transactionid"))
	close(let)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	require.EqualValues(t, 1, one.books("acme", id).Tally.Delivered)
}

// A report that is stashed while its message is being settled by somebody else
// is found: each of the two waits for the other.
func TestRace_StashAgainstSettle(t *testing.T) {
	w := newWorld(t, nil)
	w.campaign("acme", 1, 0, 3)
	as := w.take(1, 1)
	a := as[0]
	settler := w.session()
	_, err := settler.Exec(w.ctx, `begin; select pg_advisory_xact_lock(hashtextextended('campaigns/campaigns/log/acme', 0));
		insert into ended (attempt, tenant, campaign, position, generation, try, instance, message, phone, taken_at, ended_at, outcome, provider_id, evidence, why)
		select id, tenant, campaign, position, generation, try, instance, message, phone, taken_at, taken_at, 'accepted', 'p1', 'answer', '' from attempts;
		delete from attempts`)
	require.NoError(t, err)
	stashed := make(chan error, 1)
	go func() {
		stashed <- w.Stash(w.ctx, []campaign.Notice{{Tenant: "acme", Instance: a.Instance, ProviderID: "p1", Kind: campaign.NoticeRead, ArrivedAt: noon}})
	}()
	w.waitFor(somebodyWaits("advisory"))
	_, err = settler.Exec(w.ctx, `commit`)
	require.NoError(t, err)
	require.NoError(t, <-stashed)
	g, err := w.Agenda(w.ctx, noon, 10)
	require.NoError(t, err)
	require.Equal(t, 1, g.Notices)
}

// Events of a tenant become visible in the order of their Seq: a take that
// would record some waits for the transaction that records others.
func TestRace_EventsAppearInOrder(t *testing.T) {
	w := newWorld(t, nil)
	w.campaign("acme", 1, 0, 3)
	other := w.session()
	_, err := other.Exec(w.ctx, `begin; select pg_advisory_xact_lock(hashtextextended('campaigns/campaigns/log/acme', 0));
		insert into events (tenant, at, type, campaign, position, instance, message, author, why) values ('acme', 1, 'x', 0, 0, 0, 0, '', '')`)
	require.NoError(t, err)
	took := make(chan []*campaign.Attempt, 1)
	go func() { took <- w.take(1, 1) }()
	w.waitFor(somebodyWaits("advisory"))
	w.view("acme", func(r campaign.Reader) error {
		es, err := r.Events(campaign.EventQuery{})
		require.Empty(t, es)
		return err
	})
	_, err = other.Exec(w.ctx, `commit`)
	require.NoError(t, err)
	require.Len(t, <-took, 1)
	w.view("acme", func(r campaign.Reader) error {
		es, err := r.Events(campaign.EventQuery{})
		require.Len(t, es, 2)
		require.EqualValues(t, "x", es[0].Type)
		return err
	})
}

// Two tenants that record one number at the same time: one has it.
func TestRace_TwoRecordsOfOneNumber(t *testing.T) {
	one := newWorld(t, nil)
	two := one.second(nil)
	record := func(phone contact.Phone) func(campaign.Writer) error {
		return func(tx campaign.Writer) error {
			return tx.SaveInstance(&campaign.Instance{Remote: "vendas", Rev: 1, Identity: campaign.Identity{Endpoint: "gateway.example vendas", Phone: phone}})
		}
	}
	saved, let := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- one.Tenant("acme").Update(one.ctx, func(tx campaign.Writer) error {
			err := record("")(tx)
			close(saved)
			<-let
			return err
		})
	}()
	<-saved
	second := make(chan error, 1)
	go func() { second <- two.Tenant("beta").Update(two.ctx, record("+5511900000001")) }()
	one.waitFor(somebodyWaits("transactionid"))
	require.Empty(t, second, "nobody knows yet who has it")
	close(let)
	require.NoError(t, <-first)
	require.ErrorIs(t, <-second, campaign.ErrConflict)
}
