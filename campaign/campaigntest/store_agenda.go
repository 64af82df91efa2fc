package campaigntest

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func agendaRules() []rule[*env] {
	return []rule[*env]{
		{"agenda/empty", "an empty store has nothing to wait for", agendaEmpty},
		{"agenda/next", "an engine sleeps until the next instant with work: one that is missing is work that is never done", agendaNext},
		{"agenda/never looked at", "an instance that was never looked at is due, not forgotten", agendaFresh},
		{"agenda/starts", "a planned campaign starts when its time has come", agendaStarts},
		{"agenda/inquiries", "a lost attempt is asked after when it is planned, with all that the question needs", agendaInquiries},
		{"agenda/notices", "reports that can be applied are work", agendaNotices},
		{"agenda/bounds", "an engine asks for as much as it can do", agendaBounds},
	}
}

func (e *env) agenda(now time.Time, max int) campaign.Agenda {
	e.Helper()
	a, err := e.store.Agenda(e.ctx, now, max)
	e.need(err, "Agenda")
	return a
}

func (e *env) nextIs(want time.Time, when string) {
	e.Helper()
	e.equal(e.agenda(t0, 10).Next, want, "the agenda's next instant "+when)
}

func agendaEmpty(e *env) {
	e.equal(e.agenda(t0, 10), campaign.Agenda{}, "the agenda of an empty store")
	e.create(acme, "draft", campaign.Drafted)
	e.instance(acme, "idle")
	e.equal(e.agenda(t0, 10), campaign.Agenda{}, "the agenda of a store with a draft and an idle instance")
}

func agendaNext(e *env) {
	id, is := e.running(acme, 1, 9, "a", "b")
	e.wake(acme, is[0], at(3*time.Hour))
	e.wake(acme, is[1], at(2*time.Hour))
	e.nextIs(at(2*time.Hour), "is the earliest WakeAt")
	e.wake(acme, is[1], at(-time.Hour))
	e.nextIs(at(-time.Hour), "may lie in the past")
	a := e.takeOne(t0)
	e.wake(acme, is[0], at(3*time.Hour))
	e.wake(acme, is[1], at(3*time.Hour))
	e.nextIs(at(sweepAfter), "is the SweepAt of an attempt in flight")
	e.lose(at(time.Second), a, at(2*time.Minute))
	e.nextIs(at(2*time.Minute), "is the LookAt of a lost attempt")
	_, err := e.settle(at(2*time.Minute), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		a.LookAt = time.Time{}
		r.Changed = append(r.Changed, a)
	})
	e.need(err, "Settle")
	e.nextIs(at(quarantine), "is the end of a quarantine")
	_, err = e.settle(at(quarantine), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		a.Held, a.LookAt = false, at(6*time.Minute)
		r.Changed = append(r.Changed, a)
	})
	e.need(err, "Settle")
	e.nextIs(at(6*time.Minute), "is the LookAt of a lost attempt whose phone was let go, and not its quarantine")
	e.accept(at(6*time.Minute), a, "p1")
	e.nextIs(at(3*time.Hour), "is the earliest WakeAt when nothing is open")
	planned := e.create(acme, "planned", campaign.Scheduled)
	e.edit(acme, planned, func(c *campaign.Campaign) { c.DueAt = at(time.Hour) })
	e.nextIs(at(time.Hour), "is the DueAt of a scheduled campaign")
	e.edit(acme, planned, func(c *campaign.Campaign) { c.Status = campaign.Drafted })
	e.nextIs(at(3*time.Hour), "is not the DueAt of a campaign that is not scheduled any more")
	e.status(acme, id, campaign.Paused)
	e.nextIs(time.Time{}, "is zero while nothing is active")
	e.status(acme, id, campaign.Active)
	e.nextIs(at(3*time.Hour), "comes back with the campaign")
	e.update(acme, func(w campaign.Writer) error { return w.Vacate(id) })
	e.nextIs(time.Time{}, "is zero when no instance serves")
}

func agendaFresh(e *env) {
	id := e.create(acme, "fresh", campaign.Active)
	i := e.instance(acme, "fresh")
	e.update(acme, func(w campaign.Writer) error { return w.Occupy(id, []campaign.InstanceID{i}) })
	a := e.agenda(t0, 10)
	e.that(!a.Next.IsZero() && !a.Next.After(t0), "with an instance that was never looked at, the next instant is %v, want one that is not after now", a.Next)
	e.equal(turnIDs(e.look(query(t0, 1, 1))), []campaign.InstanceID{i}, "the instances due")
}

func agendaStarts(e *env) {
	plan := func(t campaign.Tenant, d time.Duration) campaign.ID {
		id := e.create(t, fmt.Sprint(d), campaign.Scheduled)
		e.edit(t, id, func(c *campaign.Campaign) { c.DueAt = at(d) })
		return id
	}
	third, first := plan(acme, 3*time.Minute), plan(acme, time.Minute)
	second := plan(beta, 2*time.Minute)
	refs := []campaign.Ref{{Tenant: acme, ID: first}, {Tenant: beta, ID: second}, {Tenant: acme, ID: third}}
	for _, c := range []struct {
		now time.Duration
		n   int
	}{{time.Minute - time.Millisecond, 0}, {time.Minute, 1}, {2 * time.Minute, 2}, {time.Hour, 3}} {
		e.equal(e.agenda(at(c.now), 10).Starts, refs[:c.n], fmt.Sprintf("the starts that are due after %v, earliest first", c.now))
	}
	e.edit(acme, first, func(c *campaign.Campaign) { c.DueAt = at(4 * time.Minute) })
	e.status(beta, second, campaign.Active)
	e.equal(e.agenda(at(3*time.Minute), 10).Starts, refs[2:], "the starts after one was moved and one was made")
	e.update(acme, func(w campaign.Writer) error { return w.DeleteCampaign(third) })
	e.equal(e.agenda(at(3*time.Minute), 10).Starts, []campaign.Ref(nil), "the starts after the last one was deleted")
}

func agendaInquiries(e *env) {
	e.running(acme, 1, 9, "a", "b", "c", "d")
	as := e.take(t0).Begin
	e.that(len(as) == 4, "four due instances took %d", len(as))
	e.lose(at(time.Second), as[0], at(3*time.Minute))
	e.lose(at(time.Second), as[1], at(time.Minute))
	e.lose(at(time.Second), as[2], time.Time{})
	ids := func(now time.Duration) (ids []campaign.AttemptID) {
		for _, a := range e.agenda(at(now), 10).Inquiries {
			ids = append(ids, a.ID)
		}
		return ids
	}
	e.equal(ids(time.Minute-time.Millisecond), []campaign.AttemptID(nil), "the inquiries before the first LookAt")
	e.equal(ids(time.Minute), []campaign.AttemptID{as[1].ID}, "the inquiries at the first LookAt")
	e.equal(ids(time.Hour), []campaign.AttemptID{as[1].ID, as[0].ID}, "all inquiries, earliest first")
	want := *as[1]
	want.Phase, want.LookAt, want.Why = campaign.Lost, at(time.Minute), campaign.Because(campaign.CodeUnknownOutcome)
	e.equal(e.agenda(at(time.Minute), 10).Inquiries, []campaign.Attempt{want}, "an inquiry")
	e.accept(at(time.Hour), as[1], "p1")
	e.equal(ids(time.Hour), []campaign.AttemptID{as[0].ID}, "the inquiries after one was settled")
}

func agendaNotices(e *env) {
	_, is := e.running(acme, 1, 9, "a")
	stash := func(provider string) {
		e.need(e.store.Stash(e.ctx, []campaign.Notice{{Tenant: acme, Instance: is[0], ProviderID: provider, Kind: campaign.NoticeRead, At: t0, ArrivedAt: t0}}), "Stash")
	}
	stash("p1")
	e.that(e.agenda(t0, 10).Notices == 0, "a report about a message that is not known yet is counted as work")
	e.that(e.agenda(t0.Add(-time.Hour), 10).Notices == 0, "a report about a message that is not known yet is counted as work")
	e.accept(at(time.Second), e.takeOne(t0), "p1")
	e.that(e.agenda(t0, 10).Notices == 1, "after the message became known %d reports are counted, want 1", e.agenda(t0, 10).Notices)
	stash("p1")
	stash("p2")
	e.that(e.agenda(t0, 10).Notices == 2, "%d reports are counted, want the 2 about known messages", e.agenda(t0, 10).Notices)
}

func agendaBounds(e *env) {
	for range 3 {
		id := e.create(acme, "planned", campaign.Scheduled)
		e.edit(acme, id, func(c *campaign.Campaign) { c.DueAt = t0 })
	}
	_, is := e.running(acme, 1, 9, "a", "b", "c")
	as := e.take(t0).Begin
	for n, a := range as {
		e.lose(t0, a, at(time.Duration(n)*time.Second))
	}
	e.wake(acme, is[0], t0)
	sent := e.takeOne(t0)
	e.accept(t0, sent, "p1")
	for range 3 {
		e.need(e.store.Stash(e.ctx, []campaign.Notice{{Tenant: acme, Instance: sent.Instance, ProviderID: "p1", Kind: campaign.NoticeRead, ArrivedAt: t0}}), "Stash")
	}
	a := e.agenda(at(time.Minute), 2)
	e.that(len(a.Starts) == 2 && len(a.Inquiries) == 2 && a.Notices == 2, "an agenda of at most 2 holds %d starts, %d inquiries, %d reports", len(a.Starts), len(a.Inquiries), a.Notices)
	e.that(a.Inquiries[0].ID == as[0].ID && a.Inquiries[1].ID == as[1].ID, "a bounded agenda does not hold the earliest inquiries")
}
