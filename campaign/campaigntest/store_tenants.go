package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rickb777/date"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/holiday"
)

func instanceRules() []rule[*env] {
	return []rule[*env]{
		{"instance/round trip", "a number sends by the pace that was saved", instanceRoundTrip},
		{"instance/unknown and stale", "an edit made from an old revision would undo somebody else's", instanceStale},
		{"instance/twice", "two rows for one number would send at twice its pace", instanceTwice},
		{"instance/delete", "a number that sends, or may still be sending, cannot be forgotten", instanceDelete},
		{"instance/meter", "the meter survives everything, so that a number never bursts", instanceMeter},
		{"instance/wake", "a command that opens a gate must be seen at once, and never put a look off", instanceWake},
	}
}

func tenantRules() []rule[*env] {
	return []rule[*env]{
		{"tenant/calendar", "a calendar that was edited by two people is not silently the second one's", tenantCalendar},
		{"tenant/suppression", "an opt-out holds until it is taken back, however often it is repeated", tenantSuppression},
		{"tenant/events", "the log is append-only, ordered, and complete", tenantEvents},
		{"tenant/isolation", "a tenant reads and writes its own rows only, whatever ids it guesses", tenantIsolation},
	}
}

func transactionRules() []rule[*env] {
	return []rule[*env]{
		{"transaction/error", "an Update that returns an error changes nothing", updateRollsBack},
		{"transaction/panic", "an Update that panics changes nothing and does not lock the store", updatePanics},
		{"transaction/cancelled", "a cancelled context that is noticed before the commit leaves nothing behind", updateCancelled},
		{"transaction/read your writes", "a command reads what it has just written", updateReadsItself},
		{"transaction/view error", "the error of a View is its function's", viewError},
		{"transaction/ended", "a Reader that outlives its transaction would show stale rows", readerEnded},
		{"transaction/closed", "a closed store says so instead of losing what it is given", storeClosed},
	}
}

func instanceRoundTrip(e *env) {
	zone := time.FixedZone("elsewhere", 3600)
	i := campaign.Instance{Name: "Vendas", Gateway: "g1", Remote: "vendas-1", Phone: "+5511900000001", Zone: "America/Bahia",
		Pace:  campaign.Pace{MinGap: time.Second, MaxGap: 90 * time.Second, NoGap: true, PerHour: 3, PerDay: 20, PauseEvery: 5, PauseFor: time.Minute, Ramp: []int{1, 2}},
		Since: t0.In(zone), Connection: campaign.ConnectionOpen, ConnectionAt: at(time.Second).In(zone), Rev: 1,
		CreatedAt: at(2 * time.Second).In(zone), UpdatedAt: at(3 * time.Second).In(zone)}
	e.update(acme, func(w campaign.Writer) error { return w.SaveInstance(&i) })
	want := i
	want.Tenant, want.Since, want.ConnectionAt, want.CreatedAt, want.UpdatedAt = acme, i.Since.UTC(), i.ConnectionAt.UTC(), i.CreatedAt.UTC(), i.UpdatedAt.UTC()
	want.Pace.Ramp = []int{1, 2}
	i.Pace.Ramp[0] = 99
	e.equal(e.number(acme, i.ID), campaign.Number{Instance: want}, "the instance as read")
	got := e.number(acme, i.ID)
	got.Instance.Pace.Ramp[0] = 99
	e.equal(e.number(acme, i.ID), campaign.Number{Instance: want}, "the instance, after the one that was read has been changed")

	second := e.instance(acme, "second")
	e.view(acme, func(r campaign.Reader) {
		ns, err := r.Numbers()
		e.need(err, "Numbers")
		e.that(len(ns) == 2 && ns[0].Instance.ID < ns[1].Instance.ID && ns[1].Instance.ID == second, "Numbers does not list both instances by rising id")
		e.equal(ns[0], campaign.Number{Instance: want}, "the instance as listed")
	})
	want.Rev, want.Name, want.Pace, want.Connection = 2, "Suporte", campaign.Pace{}, campaign.ConnectionClosed
	e.update(acme, func(w campaign.Writer) error { c := want; return w.SaveInstance(&c) })
	e.equal(e.number(acme, i.ID).Instance, want, "the instance after it was replaced")
}

func instanceStale(e *env) {
	id := e.instance(acme, "i1")
	e.view(acme, func(r campaign.Reader) {
		_, err := r.Number(id + 1000)
		e.refuse(err, campaign.ErrNotFound, "Number of an unknown id")
	})
	for doing, f := range map[string]func(w campaign.Writer) error{
		"SaveInstance of an unknown id": func(w campaign.Writer) error {
			return w.SaveInstance(&campaign.Instance{ID: id + 1000, Remote: "x", Rev: 2})
		},
		"DeleteInstance of an unknown id": func(w campaign.Writer) error { return w.DeleteInstance(id + 1000) },
		"AmendMeter of an unknown id":     func(w campaign.Writer) error { return w.AmendMeter(id+1000, func(*campaign.Meter) {}) },
	} {
		e.refuse(e.try(acme, f), campaign.ErrNotFound, doing)
	}
	for _, rev := range []int64{0, 1, 3} {
		err := e.try(acme, func(w campaign.Writer) error {
			return w.SaveInstance(&campaign.Instance{ID: id, Name: "late", Remote: "i1", Rev: rev})
		})
		e.refuse(err, campaign.ErrStale, fmt.Sprintf("SaveInstance of revision %d over revision 1", rev))
	}
	e.that(e.number(acme, id).Instance.Name == "i1", "a refused save changed the instance")
}

func instanceTwice(e *env) {
	id := e.instance(acme, "i1")
	save := func(i campaign.Instance) error {
		return e.try(acme, func(w campaign.Writer) error { return w.SaveInstance(&i) })
	}
	e.refuse(save(campaign.Instance{Remote: "i1", Rev: 1}), campaign.ErrConflict, "a second instance with the same gateway and remote name")
	e.need(save(campaign.Instance{Remote: "i1", Gateway: "g2", Rev: 1}), "the same remote name at another gateway")
	other := e.instance(acme, "i2")
	e.refuse(save(campaign.Instance{ID: other, Remote: "i1", Rev: 2}), campaign.ErrConflict, "renaming an instance to another's remote name")
	e.need(save(campaign.Instance{ID: id, Remote: "i1", Name: "itself", Rev: 2}), "saving an instance under its own name")
	e.need(save(campaign.Instance{ID: id, Remote: "i3", Rev: 3}), "renaming an instance")
	e.need(save(campaign.Instance{Remote: "i1", Rev: 1}), "an instance under a name that was given up")
}

func instanceDelete(e *env) {
	id, is := e.running(acme, 1, 2, "i1")
	del := func(w campaign.Writer) error { return w.DeleteInstance(is[0]) }
	e.refuse(e.try(acme, del), campaign.ErrConflict, "DeleteInstance while it serves a campaign")
	a := e.takeOne(t0)
	e.update(acme, func(w campaign.Writer) error { return w.Vacate(id) })
	e.refuse(e.try(acme, del), campaign.ErrConflict, "DeleteInstance with an attempt in flight")
	e.lose(at(time.Second), a, time.Time{})
	e.refuse(e.try(acme, del), campaign.ErrConflict, "DeleteInstance with a lost attempt")
	e.accept(at(2*time.Second), a, "p1")
	e.update(acme, del)
	e.view(acme, func(r campaign.Reader) {
		_, err := r.Number(is[0])
		e.refuse(err, campaign.ErrNotFound, "Number of a deleted instance")
	})
	e.that(len(e.history(acme, id, 1)) == 1, "the history went with the instance")
	next := e.instance(acme, "i1")
	e.that(next != is[0], "the id of a deleted instance was given again")
}

func instanceMeter(e *env) {
	id := e.instance(acme, "i1")
	e.equal(e.number(acme, id).Meter, campaign.Meter{}, "the meter of a new instance")
	zone := time.FixedZone("elsewhere", -4*3600)
	n := 0
	when := func() time.Time { n++; return at(time.Duration(n) * 1001 * time.Millisecond) }
	want := campaign.Meter{PaceUntil: when(), WakeAt: when(), Why: campaign.Because(campaign.CodeGap, "until", "x"), LastStart: when(),
		Hour: when(), Day: when(), InHour: 3, InDay: 4, InRow: 5, Held: campaign.Because(campaign.CodeDisconnected), HeldUntil: when(),
		Holds: 6, Errors: 7, Unacked: 8}
	e.update(acme, func(w campaign.Writer) error {
		return w.AmendMeter(id, func(m *campaign.Meter) {
			*m = want
			m.PaceUntil, m.Hour = m.PaceUntil.In(zone), m.Hour.In(zone)
			m.Why = campaign.Because(campaign.CodeGap, "until", "x")
		})
	})
	e.equal(e.number(acme, id).Meter, want, "the meter as read")
	e.number(acme, id).Meter.Why.Args["until"] = "spoilt"
	e.equal(e.number(acme, id).Meter, want, "the meter, after the one that was read has been changed")
	e.update(acme, func(w campaign.Writer) error {
		return w.SaveInstance(&campaign.Instance{ID: id, Remote: "i1", Name: "renamed", Rev: 2})
	})
	e.equal(e.number(acme, id).Meter, want, "the meter, after the instance was edited: commands never reset it")
}

func instanceWake(e *env) {
	id, is := e.running(acme, 1, 1, "i1", "i2")
	_, other := e.running(acme, 2, 2, "i3")
	_, foreign := e.running(beta, 3, 3, "b1")
	reset := func() {
		e.wake(acme, is[0], at(time.Hour))
		e.wake(acme, is[1], at(time.Minute))
		e.wake(acme, other[0], at(time.Hour))
		e.wake(beta, foreign[0], at(time.Hour))
	}
	check := func(t campaign.Tenant, i campaign.InstanceID, want time.Duration) {
		e.Helper()
		got := e.number(t, i).Meter.WakeAt
		e.that(got.Equal(at(want)), "instance %d is looked at %v after the start, want %v", i, got.Sub(t0), want)
	}
	reset()
	e.update(acme, func(w campaign.Writer) error { return w.Wake(id, at(10*time.Minute)) })
	check(acme, is[0], 10*time.Minute)
	check(acme, is[1], time.Minute)
	check(acme, other[0], time.Hour)
	check(beta, foreign[0], time.Hour)
	reset()
	e.update(acme, func(w campaign.Writer) error { return w.Wake(0, at(10*time.Minute)) })
	check(acme, is[0], 10*time.Minute)
	check(acme, is[1], time.Minute)
	check(acme, other[0], 10*time.Minute)
	check(beta, foreign[0], time.Hour)
	r := e.look(query(at(10*time.Minute), 10, 1))
	e.that(len(r.Turns) == 3, "after Wake a take loads %d instances, want the 3 that are due", len(r.Turns))
}

func tenantCalendar(e *env) {
	get := func(t campaign.Tenant) (c campaign.Calendar) {
		e.view(t, func(r campaign.Reader) {
			var err error
			c, err = r.Calendar()
			e.need(err, "Calendar")
		})
		return c
	}
	e.equal(get(acme), campaign.Calendar{}, "the calendar before one is saved")
	full := func(rev int64) campaign.Calendar {
		return campaign.Calendar{Rev: rev, States: []string{"SP", "RJ"}, Optional: true, Days: []holiday.Day{
			{Date: date.New(2026, 8, 15), Name: "Nossa Senhora", Kind: holiday.Own, Source: "paróquia"},
			{Date: date.New(1969, 1, 25), Name: "São Paulo", Kind: holiday.Municipal},
		}}
	}
	save := func(c campaign.Calendar) error {
		return e.try(acme, func(w campaign.Writer) error { return w.SaveCalendar(c) })
	}
	e.refuse(save(full(2)), campaign.ErrStale, "the first calendar with revision 2")
	e.refuse(save(full(0)), campaign.ErrStale, "the first calendar with revision 0")
	mine := full(1)
	e.need(save(mine), "SaveCalendar")
	mine.States[0], mine.Days[0].Name = "XX", "spoilt"
	e.equal(get(acme), full(1), "the calendar as read")
	got := get(acme)
	got.States[0], got.Days[0].Name = "XX", "spoilt"
	e.equal(get(acme), full(1), "the calendar, after the one that was read has been changed")
	e.equal(get(beta), campaign.Calendar{}, "another tenant's calendar")
	e.refuse(save(full(1)), campaign.ErrStale, "the same revision again")
	e.need(save(campaign.Calendar{Rev: 2}), "an empty calendar over a full one")
	e.equal(get(acme), campaign.Calendar{Rev: 2}, "the calendar after it was emptied")
}

func key(n byte) (k campaign.SuppressionKey) {
	k[0], k[31] = n, 0xFF-n
	return k
}

func tenantSuppression(e *env) {
	check := func(t campaign.Tenant, want ...bool) {
		e.Helper()
		e.view(t, func(r campaign.Reader) {
			got, err := r.Suppressed([]campaign.SuppressionKey{key(1), key(2), key(3), key(1)})
			e.need(err, "Suppressed")
			e.equal(got, want, "who has opted out of 1 2 3 1")
		})
	}
	check(acme, false, false, false, false)
	e.update(acme, func(w campaign.Writer) error { return w.Suppress(t0, key(1), key(3)) })
	e.update(acme, func(w campaign.Writer) error { return w.Suppress(at(time.Hour), key(3)) })
	check(acme, true, false, true, true)
	e.update(acme, func(w campaign.Writer) error { return w.Suppress(at(time.Hour), key(3), key(3), key(1)) })
	check(acme, true, false, true, true)
	check(beta, false, false, false, false)
	e.update(beta, func(w campaign.Writer) error { return w.Restore(key(1), key(2)) })
	e.update(acme, func(w campaign.Writer) error { return w.Restore(key(3), key(2)) })
	check(acme, true, false, false, true)
	e.update(acme, func(w campaign.Writer) error {
		return errors.Join(w.Suppress(t0), w.Restore(), w.Restore(key(1), key(1)))
	})
	check(acme, false, false, false, false)
	e.view(acme, func(r campaign.Reader) {
		got, err := r.Suppressed(nil)
		e.need(err, "Suppressed of nothing")
		e.that(len(got) == 0, "Suppressed of nothing answers %d times", len(got))
	})
}

func tenantEvents(e *env) {
	id, other := e.create(acme, "one", campaign.Drafted), e.create(acme, "other", campaign.Drafted)
	zone := time.FixedZone("elsewhere", 3600)
	a := newAttemptID()
	full := campaign.Event{At: t0.In(zone), Type: campaign.EventSent, Campaign: id, Position: 7, Instance: 3, Attempt: a,
		Message: 2, Author: "ana", Why: campaign.Because(campaign.CodeGap, "until", "x")}
	e.update(acme, func(w campaign.Writer) error {
		return w.Record(full,
			campaign.Event{At: at(1), Type: campaign.EventCampaignEdited, Campaign: id, Author: "bia"},
			campaign.Event{At: at(2), Type: campaign.EventSent, Campaign: other, Position: 7},
			campaign.Event{At: at(3), Type: campaign.EventOptedOut})
	})
	e.update(beta, func(w campaign.Writer) error {
		return w.Record(campaign.Event{At: at(4), Type: campaign.EventOptedOut, Tenant: acme}, campaign.Event{At: t0, Type: campaign.EventSent, Campaign: id})
	})
	e.update(acme, func(w campaign.Writer) error {
		return w.Record(campaign.Event{At: t0.Add(-time.Hour), Type: campaign.EventRead, Campaign: id, Position: 7})
	})
	all := e.events(acme, campaign.EventQuery{})
	e.that(len(all) == 5, "the tenant has %d events, want 5", len(all))
	for i, ev := range all {
		e.that(ev.Tenant == acme, "an event of %q carries the tenant %q", acme, ev.Tenant)
		e.that(ev.Seq > 0 && (i == 0 || ev.Seq > all[i-1].Seq), "the Seqs are not rising: %d is not above its predecessor", ev.Seq)
	}
	want := full
	want.Seq, want.Tenant, want.At = all[0].Seq, acme, full.At.UTC()
	want.Why = campaign.Because(campaign.CodeGap, "until", "x")
	e.equal(all[0], want, "an event as read")
	types := func(q campaign.EventQuery) (ts []campaign.EventType) {
		for _, ev := range e.events(acme, q) {
			ts = append(ts, ev.Type)
		}
		return ts
	}
	sent, edited, out, read := campaign.EventSent, campaign.EventCampaignEdited, campaign.EventOptedOut, campaign.EventRead
	e.equal(types(campaign.EventQuery{}), []campaign.EventType{sent, edited, sent, out, read}, "all events: in the order in which they were recorded, not by their instants")
	e.equal(types(campaign.EventQuery{Campaign: id}), []campaign.EventType{sent, edited, read}, "those of a campaign")
	e.equal(types(campaign.EventQuery{Campaign: id, Position: 7}), []campaign.EventType{sent, read}, "those of a recipient")
	e.equal(types(campaign.EventQuery{Types: []campaign.EventType{sent, out}}), []campaign.EventType{sent, sent, out}, "those of two types")
	e.equal(types(campaign.EventQuery{Limit: 2}), []campaign.EventType{sent, edited}, "the first page of two")
	e.equal(types(campaign.EventQuery{Limit: 2, After: all[1].Seq}), []campaign.EventType{sent, out}, "the second page of two")
	e.equal(types(campaign.EventQuery{After: all[4].Seq}), []campaign.EventType(nil), "the page after the last")
	theirs := e.events(beta, campaign.EventQuery{})
	e.that(len(theirs) == 2 && theirs[0].Tenant == beta, "the other tenant has %d events, and not its own two", len(theirs))
	all[0].Why.Args["until"] = "spoilt"
	e.equal(e.events(acme, campaign.EventQuery{Limit: 1}), []campaign.Event{want}, "an event, after the one that was read has been changed")
}

func tenantIsolation(e *env) {
	id, is := e.running(acme, 1, 3, "i1")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	e.wake(acme, is[0], at(2*time.Second))
	e.takeOne(at(2 * time.Second))
	before, number := e.books(acme, id), e.number(acme, is[0])
	c := e.campaign(acme, id)

	e.view(beta, func(r campaign.Reader) {
		_, err := r.Campaign(id)
		e.refuse(err, campaign.ErrNotFound, "Campaign of another tenant")
		_, err = r.Books(id)
		e.refuse(err, campaign.ErrNotFound, "Books of another tenant")
		_, err = r.Recipient(campaign.RecipientID{Campaign: id, Position: 1})
		e.refuse(err, campaign.ErrNotFound, "Recipient of another tenant")
		_, err = r.Number(is[0])
		e.refuse(err, campaign.ErrNotFound, "Number of another tenant")
		e.nobody(r, id)
		es, err := r.Events(campaign.EventQuery{Campaign: id})
		e.need(err, "Events")
		e.that(len(es) == 0, "Events shows %d rows of another tenant", len(es))
		cs, err := r.Campaigns(campaign.CampaignQuery{})
		e.need(err, "Campaigns")
		ns, err := r.Numbers()
		e.need(err, "Numbers")
		e.that(len(cs) == 0 && len(ns) == 0, "lists show %d campaigns and %d instances of another tenant", len(cs), len(ns))
	})
	mine := e.create(beta, "mine", campaign.Drafted)
	for doing, f := range map[string]func(w campaign.Writer) error{
		"SaveCampaign of another tenant's":      func(w campaign.Writer) error { c := c; c.Rev++; return w.SaveCampaign(&c) },
		"DeleteCampaign of another tenant's":    func(w campaign.Writer) error { return w.DeleteCampaign(id) },
		"Enlist into another tenant's":          func(w campaign.Writer) error { _, err := w.Enlist(id, 3, people(8, 8)); return err },
		"Occupy for another tenant's":           func(w campaign.Writer) error { return w.Occupy(id, nil) },
		"Occupy with another tenant's instance": func(w campaign.Writer) error { return w.Occupy(mine, is) },
		"SaveInstance of another tenant's": func(w campaign.Writer) error {
			return w.SaveInstance(&campaign.Instance{ID: is[0], Remote: "i1", Rev: 2})
		},
		"DeleteInstance of another tenant's":      func(w campaign.Writer) error { return w.DeleteInstance(is[0]) },
		"AmendMeter of another tenant's instance": func(w campaign.Writer) error { return w.AmendMeter(is[0], func(m *campaign.Meter) { m.Errors = 99 }) },
	} {
		e.refuse(e.try(beta, f), campaign.ErrNotFound, doing)
	}
	for _, f := range []func(w campaign.Writer) error{
		func(w campaign.Writer) error { return w.Vacate(id) },
		func(w campaign.Writer) error { return w.Wake(id, t0.Add(-time.Hour)) },
	} {
		_ = e.try(beta, f) // an error or no effect: the contract leaves the choice
	}
	e.equal(e.campaign(acme, id), c, "the campaign, after another tenant tried to change it")
	e.equal(e.books(acme, id), before, "the books, after another tenant tried to change them")
	e.equal(e.number(acme, is[0]), number, "the instance, after another tenant tried to change it")
	e.need(e.try(beta, func(w campaign.Writer) error { return w.SaveInstance(&campaign.Instance{Remote: "only-beta", Rev: 1}) }), "SaveInstance of its own")
}

// writeEverything changes a row of each kind.
func writeEverything(w campaign.Writer, id campaign.ID, is campaign.InstanceID) error {
	c, err := w.Campaign(id)
	if err != nil {
		return err
	}
	added, err := w.Enlist(id, c.Total, people(50, 52))
	if err != nil || len(added) != 3 {
		return errors.Join(err, fmt.Errorf("%d answers", len(added)))
	}
	c.Total, c.Rev, c.Name = c.Total+3, c.Rev+1, "changed"
	fresh := campaign.Campaign{Status: campaign.Drafted, Rev: 1}
	return errors.Join(
		w.SaveCampaign(&c), w.SaveCampaign(&fresh),
		w.Vacate(id), w.Occupy(fresh.ID, []campaign.InstanceID{is}),
		w.SaveInstance(&campaign.Instance{ID: is, Remote: "changed", Rev: 2}),
		w.SaveInstance(&campaign.Instance{Remote: "new", Rev: 1}),
		w.AmendMeter(is, func(m *campaign.Meter) { m.Errors = 5; m.WakeAt = at(-time.Hour) }),
		w.SaveCalendar(campaign.Calendar{Rev: 1, Optional: true}),
		w.Suppress(t0, key(1)), w.Restore(key(9)),
		w.Record(campaign.Event{At: t0, Type: campaign.EventCampaignEdited, Campaign: id}),
	)
}

// untouched checks that writeEverything, and whatever else was tried, left
// nothing behind.
func untouched(e *env, try func(f func(campaign.Writer) error)) {
	id, is := e.running(acme, 1, 3, "i1")
	e.update(acme, func(w campaign.Writer) error { return w.Suppress(t0, key(9)) })
	draft := e.create(acme, "to delete", campaign.Drafted)
	e.enlist(acme, draft, people(1, 2))
	spare := e.instance(acme, "to delete")
	c, n := e.campaign(acme, id), e.number(acme, is[0])

	try(func(w campaign.Writer) error {
		if err := writeEverything(w, id, is[0]); err != nil {
			return err
		}
		return errors.Join(w.DeleteCampaign(draft), w.DeleteInstance(spare))
	})

	e.equal(e.campaign(acme, id), c, "the campaign")
	e.equal(e.number(acme, is[0]), n, "the instance, its meter and what it serves")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id}), []int64{1, 2, 3}, "the audience")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: draft}), []int64{1, 2}, "the audience of a campaign that was to be deleted")
	e.number(acme, spare)
	e.view(acme, func(r campaign.Reader) {
		cs, err := r.Campaigns(campaign.CampaignQuery{})
		e.need(err, "Campaigns")
		e.that(len(cs) == 2, "there are %d campaigns, want 2", len(cs))
		ns, err := r.Numbers()
		e.need(err, "Numbers")
		e.that(len(ns) == 2, "there are %d instances, want 2", len(ns))
		cal, err := r.Calendar()
		e.need(err, "Calendar")
		e.equal(cal, campaign.Calendar{}, "the calendar")
		sup, err := r.Suppressed([]campaign.SuppressionKey{key(1), key(9)})
		e.need(err, "Suppressed")
		e.equal(sup, []bool{false, true}, "the opt-outs")
	})
	e.that(len(e.events(acme, campaign.EventQuery{})) == 0, "an event was left behind")
	// Everything must still work: nothing of the failed transaction is in the
	// way, and the same writes succeed.
	r := e.look(query(t0, 10, 1))
	e.that(len(r.Turns) == 1 && len(r.Turns[0].Job.Ahead) == 3, "a take does not find the 3 recipients of the instance that is due")
	e.update(acme, func(w campaign.Writer) error { return writeEverything(w, id, is[0]) })
	e.that(e.campaign(acme, id).Total == 6, "the same writes, made again, do not add the people")
}

func updateRollsBack(e *env) {
	boom := errors.New("boom")
	untouched(e, func(f func(campaign.Writer) error) {
		var inner error
		err := e.try(acme, func(w campaign.Writer) error { inner = f(w); return boom })
		e.need(inner, "the writes before the error")
		e.refuse(err, boom, "an Update whose function returned an error")
	})
}

func updatePanics(e *env) {
	untouched(e, func(f func(campaign.Writer) error) {
		var inner error
		defer func() {
			e.that(recover() != nil, "a panic in Update was swallowed")
			e.need(inner, "the writes before the panic")
		}()
		_ = e.try(acme, func(w campaign.Writer) error { inner = f(w); panic("boom") })
	})
}

func updateCancelled(e *env) {
	untouched(e, func(f func(campaign.Writer) error) {
		ctx, cancel := context.WithCancel(e.ctx)
		err := e.store.Tenant(acme).Update(ctx, func(w campaign.Writer) error { defer cancel(); return f(w) })
		e.refuse(err, context.Canceled, "an Update whose context was cancelled before the commit")
		called := false
		err = e.store.Tenant(acme).Update(ctx, func(w campaign.Writer) error { called = true; return f(w) })
		e.refuse(err, context.Canceled, "an Update with a cancelled context")
		_, err = e.store.Take(ctx, query(t0, 10, 1), func(r *campaign.Rows) { called = true; simple(r) })
		e.refuse(err, context.Canceled, "a Take with a cancelled context")
		e.that(!called, "a function was called although the context was cancelled before")
		ctx, cancel = context.WithCancel(e.ctx)
		_, err = e.store.Take(ctx, query(t0, 10, 1), func(r *campaign.Rows) { defer cancel(); simple(r) })
		e.refuse(err, context.Canceled, "a Take whose context was cancelled before the commit")
	})
}

func updateReadsItself(e *env) {
	id, is := e.running(acme, 1, 2, "i1")
	e.update(acme, func(w campaign.Writer) error {
		e.need(writeEverything(w, id, is[0]), "the writes")
		c, err := w.Campaign(id)
		e.need(err, "Campaign")
		n, err := w.Number(is[0])
		e.need(err, "Number")
		p, err := w.Recipient(campaign.RecipientID{Campaign: id, Position: 5})
		e.need(err, "Recipient")
		sup, err := w.Suppressed([]campaign.SuppressionKey{key(1)})
		e.need(err, "Suppressed")
		es, err := w.Events(campaign.EventQuery{})
		e.need(err, "Events")
		e.that(c.Name == "changed" && c.Total == 5 && n.Meter.Errors == 5 && n.Serves != id && p.Contact.Phone == phone(52) && sup[0] && len(es) == 1,
			"an Update does not read what it has written")
		return nil
	})
}

func viewError(e *env) {
	boom := errors.New("boom")
	e.refuse(e.store.Tenant(acme).View(e.ctx, func(campaign.Reader) error { return boom }), boom, "a View whose function returned an error")
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	e.refuse(e.store.Tenant(acme).View(ctx, func(campaign.Reader) error { return nil }), context.Canceled, "a View with a cancelled context")
	_, err := e.store.Agenda(ctx, t0, 1)
	e.refuse(err, context.Canceled, "an Agenda with a cancelled context")
}

func readerEnded(e *env) {
	id, is := e.running(acme, 1, 1, "i1")
	refused := func(doing string, f func() error) {
		e.Helper()
		defer func() { _ = recover() }() // a panic that says so is an answer too
		e.that(f() != nil, "%s after its transaction ended succeeded", doing)
	}
	var r campaign.Reader
	e.view(acme, func(in campaign.Reader) { r = in })
	refused("Campaign", func() error { _, err := r.Campaign(id); return err })
	refused("Campaigns", func() error { _, err := r.Campaigns(campaign.CampaignQuery{}); return err })
	refused("Number", func() error { _, err := r.Number(is[0]); return err })
	var w campaign.Writer
	e.update(acme, func(in campaign.Writer) error { w = in; return nil })
	refused("Campaign", func() error { _, err := w.Campaign(id); return err })
	refused("Vacate", func() error { return w.Vacate(id) })
	refused("Suppress", func() error { return w.Suppress(t0, key(1)) })
	refused("Record", func() error { return w.Record(campaign.Event{At: t0, Type: campaign.EventSent}) })
	e.that(e.number(acme, is[0]).Serves == id, "a Writer changed a row after its transaction had ended")
	_ = e.try(acme, func(in campaign.Writer) error { w = in; return errors.New("rolled back") })
	refused("Vacate", func() error { return w.Vacate(id) })
	e.that(e.number(acme, is[0]).Serves == id, "a Writer changed a row after its transaction was rolled back")
}

func storeClosed(e *env) {
	c, ok := e.store.(interface{ Close() error })
	if !ok {
		return // a store that cannot be closed cannot be used afterwards
	}
	e.running(acme, 1, 1, "i1")
	e.need(c.Close(), "Close")
	_, err := e.store.Take(e.ctx, query(t0, 1, 1), simple)
	e.refuse(err, campaign.ErrClosed, "Take of a closed store")
	e.refuse(e.try(acme, func(campaign.Writer) error { return nil }), campaign.ErrClosed, "Update of a closed store")
	e.refuse(e.store.Tenant(acme).View(e.ctx, func(campaign.Reader) error { return nil }), campaign.ErrClosed, "View of a closed store")
	e.refuse(e.store.Stash(e.ctx, []campaign.Notice{{Kind: campaign.NoticeRead}}), campaign.ErrClosed, "Stash of a closed store")
	_, err = e.store.Agenda(e.ctx, t0, 1)
	e.refuse(err, campaign.ErrClosed, "Agenda of a closed store")
	_, err = e.store.Tenant(acme).Contacts().Contact(e.ctx, 1)
	e.refuse(err, campaign.ErrClosed, "a contact of a closed store")
	e.need(c.Close(), "a second Close")
}
