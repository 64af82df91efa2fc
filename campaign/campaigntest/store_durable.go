package campaigntest

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// durableRules need a store that can be closed and opened again.
func durableRules() []rule[*env] {
	return []rule[*env]{
		{"durable/everything", "what a method has returned without an error survives the process", durableEverything},
		{"durable/guards", "after a restart nobody is taken who was taken before it", durableGuards},
		{"durable/ids", "an id is never used again, also after a restart", durableIDs},
		{"durable/halt", "a stop of everything lasts until somebody ends it, also over a restart", durableHalt},
		{"durable/rolled back", "what was rolled back does not come back", durableRolledBack},
	}
}

func exclusiveRule() rule[*env] {
	return rule[*env]{"durable/exclusive", "who has the store for himself knows at once that the process before is gone, and that those in his own are not",
		durableExclusive}
}

func durableExclusive(e *env) {
	e.running(acme, 1, 9, "a", "b")
	e.beat("before", at(time.Hour))
	gone := e.takeAs("before", t0)
	e.reopen()
	e.beat("one", t0)
	e.beat("two", t0)
	q := campaign.SweepQuery{Now: t0, DeadBefore: t0.Add(-time.Hour), Grace: time.Minute}
	got := e.swept(q)
	e.that(got[gone.ID] != nil, "an attempt of the process before is not swept at once")
	e.lose(t0, gone, time.Time{})
	mine := e.takeAs("one", t0)
	e.that(e.swept(q)[mine.ID] == nil, "an attempt of a daemon that lives in this process is swept at once")
}

func durableEverything(e *env) {
	id, as := audienceOfEveryState(e)
	e.update(acme, func(w campaign.Writer) error {
		if err := w.SaveCalendar(campaign.Calendar{Rev: 1, States: []string{"SP"}}); err != nil {
			return err
		}
		return w.Suppress(t0, campaign.OutByOperator, key(1))
	})
	g := &ground{id: id, is: []campaign.InstanceID{as[1].Instance}}
	e.stash(campaign.Notice{Tenant: acme, Instance: as[1].Instance, ProviderID: "p" + as[1].ID.String(), Kind: campaign.NoticeRead, At: t0, ArrivedAt: t0})
	person, err := e.store.Tenant(acme).Contacts().CreateContact(e.ctx, t0, contact.Contact{Name: "Ana", Phone: phone(1), Active: true})
	e.need(err, "CreateContact")
	e.beat("daemon-1", t0)
	before, c, agenda := snapshot(e, g), e.campaign(acme, id), e.agenda(at(time.Hour), 10)

	e.reopen()

	e.equal(snapshot(e, g), before, "what was there before the restart")
	e.equal(e.campaign(acme, id), c, "the campaign after the restart")
	e.equal(e.agenda(at(time.Hour), 10), agenda, "the agenda after the restart")
	e.that(agenda.Notices == 1, "the agenda counts %d reports, want 1", agenda.Notices)
	got, err := e.store.Tenant(acme).Contacts().Contact(e.ctx, person.ID)
	e.need(err, "Contact after the restart")
	e.equal(got, person, "the contact after the restart")
	e.view(acme, func(r campaign.Reader) {
		cal, err := r.Calendar()
		e.need(err, "Calendar")
		e.equal(cal, campaign.Calendar{Rev: 1, States: []string{"SP"}}, "the calendar after the restart")
		sup, err := r.Suppressed([]campaign.SuppressionKey{key(1), key(2)})
		e.need(err, "Suppressed")
		e.equal(sup, []bool{true, false}, "the opt-outs after the restart")
	})
	err = e.store.Beat(e.ctx, campaign.Daemon{Name: "daemon-2", Deadline: startWithin * 2, BeatAt: t0})
	e.refuse(err, campaign.ErrConflict, "a daemon with another deadline, after the restart")
}

func durableGuards(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	other, js := e.running(acme, 1, 1, "b")
	e.wake(acme, js[0], at(time.Hour))
	a := e.takeOne(t0)

	e.reopen()

	e.equal(e.flights(acme, id), []campaign.Attempt{*a}, "the attempt in flight after the restart")
	e.wake(acme, is[0], t0)
	e.wake(acme, js[0], t0)
	r := e.look(query(at(time.Second), 10, 1))
	e.that(len(r.Turns) == 2, "%d instances are due after the restart, want 2", len(r.Turns))
	e.equal(candidatePositions(r.Jobs[id].Ahead), []int64{2, 3}, "the candidates after the restart")
	e.that(r.Jobs[other].Ahead[0].Busy, "a phone that is held is free after the restart")
	e.accept(at(time.Minute), a, "p1")
	e.that(e.recipient(acme, id, 1).State == campaign.Sent, "an attempt cannot be settled after the restart")
}

func durableIDs(e *env) {
	e.create(acme, "kept", campaign.Drafted)
	gone := e.create(acme, "deleted", campaign.Drafted)
	i := e.instance(acme, "deleted")
	e.update(acme, func(w campaign.Writer) error {
		if err := w.DeleteCampaign(gone); err != nil {
			return err
		}
		return w.DeleteInstance(i)
	})
	e.reopen()
	e.that(e.create(acme, "next", campaign.Drafted) != gone, "the ID of a deleted campaign is given again after a restart")
	e.that(e.instance(acme, "next") != i, "the id of a deleted instance is given again after a restart")
}

func durableRolledBack(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	_ = e.try(acme, func(w campaign.Writer) error {
		e.need(writeEverything(w, id, is[0]), "the writes before the error")
		return campaign.ErrConflict
	})
	c := e.campaign(acme, id)
	e.reopen()
	e.equal(e.campaign(acme, id), c, "the campaign after the restart")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id}), []int64{1, 2, 3}, "the audience after the restart")
}
