package campaigntest

import (
	"errors"
	"time"

	"github.com/rickb777/date"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/holiday"
)

func tenantRules() []rule[*env] {
	return []rule[*env]{
		{"tenant/calendar", "a calendar that was edited by two people is not silently the second one's", tenantCalendar},
		{"tenant/suppression", "an opt-out holds until it is taken back, however often it is repeated", tenantSuppression},
		{"tenant/levels", "an opt-out keeps the strongest word that it was given, until it is taken back", tenantLevels},
		{"tenant/optouts", "the list of who has opted out is whole, newest first, page by page, and the tenant's own", tenantOptOuts},
		{"tenant/events", "the log is append-only, ordered, and complete", tenantEvents},
		{"tenant/seals", "whoever keeps the last seal notices a change of the past, so seals are a chain that only grows", tenantSeals},
		{"tenant/halt", "a stop of everything is found by each engine on the store, until it is ended at any of them", tenantHalt},
		{"tenant/isolation", "a tenant reads and writes its own rows only, whatever ids it guesses", tenantIsolation},
	}
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
		}, Yearly: []holiday.Day{{Date: date.New(2026, 12, 24), Name: "Véspera", Kind: holiday.Own, Until: holiday.ClockAt(12, 0)}}}
	}
	save := func(c campaign.Calendar) error {
		return e.try(acme, func(w campaign.Writer) error { return w.SaveCalendar(c) })
	}
	e.refuse(save(full(2)), campaign.ErrStale, "the first calendar with revision 2")
	e.refuse(save(full(0)), campaign.ErrStale, "the first calendar with revision 0")
	mine := full(1)
	e.need(save(mine), "SaveCalendar")
	mine.States[0], mine.Days[0].Name, mine.Yearly[0].Name = "XX", "spoilt", "spoilt"
	e.equal(get(acme), full(1), "the calendar as read")
	got := get(acme)
	got.States[0], got.Days[0].Name, got.Yearly[0].Name = "XX", "spoilt", "spoilt"
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
	e.update(acme, func(w campaign.Writer) error { return w.Suppress(t0, campaign.OutByOperator, key(1), key(3)) })
	e.update(acme, func(w campaign.Writer) error { return w.Suppress(at(time.Hour), campaign.OutByOperator, key(3)) })
	check(acme, true, false, true, true)
	e.update(acme, func(w campaign.Writer) error {
		return w.Suppress(at(time.Hour), campaign.OutByOperator, key(3), key(3), key(1))
	})
	check(acme, true, false, true, true)
	check(beta, false, false, false, false)
	e.update(beta, func(w campaign.Writer) error { return w.Restore(key(1), key(2)) })
	e.update(acme, func(w campaign.Writer) error { return w.Restore(key(3), key(2)) })
	check(acme, true, false, false, true)
	e.update(acme, func(w campaign.Writer) error {
		return errors.Join(w.Suppress(t0, campaign.OutByOperator), w.Restore(), w.Restore(key(1), key(1)))
	})
	check(acme, false, false, false, false)
	e.view(acme, func(r campaign.Reader) {
		got, err := r.Suppressed(nil)
		e.need(err, "Suppressed of nothing")
		e.that(len(got) == 0, "Suppressed of nothing answers %d times", len(got))
	})
}

func tenantLevels(e *env) {
	keys := []campaign.SuppressionKey{key(1), key(2), key(3), key(1)}
	check := func(t campaign.Tenant, want ...campaign.Level) {
		e.Helper()
		e.view(t, func(r campaign.Reader) {
			got, err := r.OptOutLevels(keys)
			e.need(err, "OptOutLevels")
			e.equal(got, want, "the levels of 1 2 3 1")
		})
	}
	const none, word, operator, law = campaign.NotOut, campaign.OutByKeyword, campaign.OutByOperator, campaign.OutByLaw
	say := func(l campaign.Level, ks ...campaign.SuppressionKey) {
		e.update(acme, func(w campaign.Writer) error { return w.Suppress(t0, l, ks...) })
	}
	check(acme, none, none, none, none)
	say(word, key(1), key(3))
	check(acme, word, none, word, word)
	say(operator, key(3), key(2))
	say(word, key(2), key(3))
	check(acme, word, operator, operator, word)
	say(law, key(1))
	say(operator, key(1))
	check(acme, law, operator, operator, law)
	check(beta, none, none, none, none)
	e.update(acme, func(w campaign.Writer) error { return w.Restore(key(2), key(1)) })
	check(acme, none, none, operator, none)
	say(word, key(1))
	check(acme, word, none, operator, word)
	e.view(acme, func(r campaign.Reader) {
		got, err := r.OptOutLevels(nil)
		e.need(err, "OptOutLevels of nothing")
		e.that(len(got) == 0, "OptOutLevels of nothing answers %d times", len(got))
	})
}

func tenantOptOuts(e *env) {
	list := func(t campaign.Tenant, q campaign.OptOutQuery) (rows []campaign.OptOutRow) {
		e.Helper()
		e.view(t, func(r campaign.Reader) {
			var err error
			rows, err = r.OptOuts(q)
			e.need(err, "OptOuts")
		})
		return rows
	}
	e.that(len(list(acme, campaign.OptOutQuery{})) == 0, "a store where nobody has opted out lists somebody")
	const word, operator = campaign.OutByKeyword, campaign.OutByOperator
	e.update(acme, func(w campaign.Writer) error {
		return errors.Join(w.Suppress(at(time.Hour), word, key(2), key(9), key(1)), w.Suppress(t0, operator, key(5)),
			w.Suppress(at(2*time.Hour), operator, key(4), key(2)), w.Suppress(at(3*time.Hour), word, key(7)), w.Restore(key(7)))
	})
	e.update(beta, func(w campaign.Writer) error { return w.Suppress(at(time.Hour), word, key(3)) })
	row := func(n byte, after time.Duration, l campaign.Level) campaign.OptOutRow {
		return campaign.OptOutRow{Key: key(n), At: at(after), Level: l}
	}
	want := []campaign.OptOutRow{row(4, 2*time.Hour, operator), row(9, time.Hour, word), row(2, time.Hour, operator), row(1, time.Hour, word), row(5, 0, operator)}
	e.equal(list(acme, campaign.OptOutQuery{}), want, "the list")
	e.equal(list(beta, campaign.OptOutQuery{}), []campaign.OptOutRow{row(3, time.Hour, word)}, "another tenant's list")
	for size := range len(want) + 1 {
		q, got := campaign.OptOutQuery{Limit: size + 1}, []campaign.OptOutRow(nil)
		for {
			page := list(acme, q)
			e.that(len(page) <= q.Limit, "a page of %d has %d rows", q.Limit, len(page))
			if got = append(got, page...); len(page) < q.Limit {
				break
			}
			q.Before, q.Key = page[len(page)-1].At, page[len(page)-1].Key
		}
		e.equal(got, want, "the list in pages")
	}
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
	e.equal(types(campaign.EventQuery{Newest: true, Limit: 2}), []campaign.EventType{read, out}, "the newest two")
	e.equal(types(campaign.EventQuery{Newest: true, Limit: 2, Before: all[3].Seq}), []campaign.EventType{sent, edited}, "the two before them")
	e.equal(types(campaign.EventQuery{Newest: true, Campaign: id, Position: 7}), []campaign.EventType{read, sent}, "those of a recipient, the newest first")
	e.equal(types(campaign.EventQuery{Newest: true, Before: all[0].Seq}), []campaign.EventType(nil), "what came before the first")
	e.equal(types(campaign.EventQuery{After: all[0].Seq, Before: all[3].Seq}), []campaign.EventType{edited, sent}, "those between two Seqs")

	hour := t0.Truncate(time.Hour)
	busy := e.create(acme, "busy", campaign.Drafted)
	e.update(acme, func(w campaign.Writer) error {
		count := func(at time.Time, t campaign.EventType, i campaign.InstanceID, m campaign.MessageID) error {
			return w.Record(campaign.Event{At: at, Type: t, Campaign: busy, Instance: i, Message: m})
		}
		return errors.Join(count(hour.Add(time.Hour-time.Millisecond), sent, 1, 2), count(hour, sent, 1, 2), count(hour, sent, 1, 1),
			count(hour, sent, 2, 1), count(hour, read, 1, 1), count(hour.Add(time.Hour), sent, 1, 2), count(hour, edited, 0, 0))
	})
	e.view(acme, func(r campaign.Reader) {
		hs, err := r.Hours(busy, []campaign.EventType{sent, read})
		e.need(err, "Hours")
		utc := hour.UTC()
		e.equal(hs, []campaign.HourCount{{Hour: utc, Type: read, Instance: 1, Message: 1, Count: 1}, {Hour: utc, Type: sent, Instance: 1, Message: 1, Count: 1},
			{Hour: utc, Type: sent, Instance: 1, Message: 2, Count: 2}, {Hour: utc, Type: sent, Instance: 2, Message: 1, Count: 1},
			{Hour: utc.Add(time.Hour), Type: sent, Instance: 1, Message: 2, Count: 1}}, "the hours of a campaign")
	})
	e.view(beta, func(r campaign.Reader) {
		_, err := r.Hours(busy, []campaign.EventType{sent})
		e.refuse(err, campaign.ErrNotFound, "Hours of another tenant's campaign")
	})
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

func tenantSeals(e *env) {
	e.create(acme, "Páscoa", campaign.Drafted)
	e.create(beta, "Natal", campaign.Drafted)
	names, err := e.store.Tenants(e.ctx)
	e.need(err, "Tenants")
	e.equal(names, []campaign.Tenant(nil), "the tenants without events")
	for _, t := range []campaign.Tenant{beta, acme} {
		e.update(t, func(w campaign.Writer) error {
			return w.Record(campaign.Event{Type: campaign.EventCampaignCreated, At: at(0)}, campaign.Event{Type: campaign.EventCampaignEdited, At: at(1)})
		})
	}
	names, err = e.store.Tenants(e.ctx)
	e.need(err, "Tenants")
	e.equal(names, []campaign.Tenant{acme, beta}, "the tenants with events, sorted")
	last := func(t campaign.Tenant) (s campaign.Seal) {
		e.view(t, func(r campaign.Reader) {
			var err error
			s, err = r.LastSeal()
			e.need(err, "LastSeal")
		})
		return s
	}
	e.equal(last(acme), campaign.Seal{}, "the last seal before the first")
	first := campaign.Seal{Through: 3, Events: 1, Hash: [32]byte{1, 31: 2}, At: at(time.Minute)}
	second := campaign.Seal{Through: 4, Events: 1, Prev: first.Hash, Hash: [32]byte{9}, At: at(time.Hour)}
	seal := func(t campaign.Tenant, s campaign.Seal) error {
		return e.try(t, func(w campaign.Writer) error { return w.Seal(s) })
	}
	e.refuse(seal(acme, second), campaign.ErrStale, "a first seal that names one before it")
	e.need(seal(acme, first), "Seal")
	e.refuse(seal(acme, first), campaign.ErrStale, "the same seal again")
	fork := second
	fork.Prev[0]++
	e.refuse(seal(acme, fork), campaign.ErrStale, "a seal that follows another chain")
	back := second
	back.Through = 3
	e.refuse(seal(acme, back), campaign.ErrStale, "a seal that does not go on")
	e.need(seal(acme, second), "Seal")
	e.equal(last(acme), second, "the last seal")
	e.equal(last(beta), campaign.Seal{}, "another tenant's last seal")
	e.view(acme, func(r campaign.Reader) {
		all, err := r.Seals(0, 0)
		e.need(err, "Seals")
		e.equal(all, []campaign.Seal{first, second}, "the seals")
		some, err := r.Seals(3, 10)
		e.need(err, "Seals")
		e.equal(some, []campaign.Seal{second}, "the seals after the first")
	})
	g, err := e.store.Agenda(e.ctx, at(0), 1)
	e.need(err, "Agenda")
	e.equal(g.LastSeq, int64(4), "the Seq of the newest event")
}
