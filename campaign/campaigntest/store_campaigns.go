package campaigntest

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

func campaignRules() []rule[*env] {
	return []rule[*env]{
		{"campaign/round trip", "a campaign sends what was saved, at the instants that were saved, wherever it was saved from", campaignRoundTrip},
		{"campaign/new ids", "an ID is what people call a campaign: it never means another one, in any tenant", campaignIDs},
		{"campaign/unknown", "what does not exist is ErrNotFound, so that a caller can tell it from a fault", campaignUnknown},
		{"campaign/stale", "an edit made from an old revision would undo somebody else's", campaignStale},
		{"campaign/copies", "a caller that changes what it was given must not change the store", campaignCopies},
		{"campaign/list", "a list continues where its last page ended, without gaps or repeats", campaignList},
		{"campaign/search", "people search in their own language, in any case", campaignSearch},
		{"campaign/delete", "a deleted campaign frees its numbers and leaves nothing but its events", campaignDelete},
		{"campaign/delete keeps the log", "what a gateway has sent stays claimed: a record or a report that comes later must not prove another send", campaignDeleteLog},
		{"campaign/delete refused", "while an attempt is open its message may still go out, and its rows are the only evidence", campaignDeleteRefused},
		{"campaign/occupy", "a number sends for one active campaign at a time, and a start that fails changes nothing", campaignOccupy},
		{"campaign/vacate", "a paused campaign frees its numbers", campaignVacate},
		{"campaign/books", "progress is derived from the books; of a new campaign they are empty", campaignBooks},
	}
}

func fullCampaign() campaign.Campaign {
	zone := time.FixedZone("elsewhere", -3*3600)
	when := func(n int) time.Time { return at(time.Duration(n)*time.Minute + 123*time.Millisecond).In(zone) }
	retries := 5
	return campaign.Campaign{
		Draft: campaign.Draft{
			Name: "Páscoa", Description: "para clientes",
			Messages: []campaign.Message{{ID: 1, Text: "Oi {{nome|amigo}}", Weight: 3}, {ID: 4, Text: "Olá 🐰", Off: true}},
			Rotation: "weighted",
			Schedule: schedule.Spec{Kind: schedule.KindCustom, Zone: "America/Manaus", SkipHolidays: true,
				Daily: []schedule.Span{{From: holiday.ClockAt(9, 0), To: holiday.ClockAt(18, 0)}}},
			StartAt:   when(1),
			EndAt:     when(2),
			Instances: []campaign.InstanceID{3, 1},
			Pace: campaign.Pace{MinGap: time.Second, MaxGap: 90 * time.Second, PerHour: 10, PerDay: 50,
				PauseEvery: 7, PauseFor: time.Minute, Ramp: []int{5, 10}},
			Retries:     &retries,
			AtLeastOnce: true,
			KeepOpen:    true,
			LeftOut:     campaign.Positions{{First: 2, Last: 5}, {First: 9, Last: 9}},

			AfterRestriction: campaign.RestrictionOtherNumber,
		},
		Status: campaign.Paused, Rev: 1, Seed: 1<<63 + 12345, NextMessage: 5,
		Fields: map[string]int64{"nome": 3, "cidade": 1}, DueAt: when(9),
		Cause: campaign.BySystem, Why: campaign.Because(campaign.CodeDisconnected, "instance", "3"),
		CreatedAt: when(3), UpdatedAt: when(4), StartedAt: when(5), PausedAt: when(6), ResumedAt: when(7), EndedAt: when(8),
	}
}

// savedCampaign is fullCampaign as a store returns it; it shares nothing with
// any other.
func savedCampaign(id campaign.ID) campaign.Campaign {
	c := fullCampaign()
	c.ID, c.Tenant = id, acme
	c.StartAt, c.EndAt, c.DueAt = c.StartAt.UTC(), c.EndAt.UTC(), c.DueAt.UTC()
	c.CreatedAt, c.UpdatedAt, c.StartedAt = c.CreatedAt.UTC(), c.UpdatedAt.UTC(), c.StartedAt.UTC()
	c.PausedAt, c.ResumedAt, c.EndedAt = c.PausedAt.UTC(), c.ResumedAt.UTC(), c.EndedAt.UTC()
	return c
}

func campaignRoundTrip(e *env) {
	c := fullCampaign()
	e.update(acme, func(w campaign.Writer) error { return w.SaveCampaign(&c) })
	e.that(c.ID > 0, "the new campaign got the ID %d, want one above 0", c.ID)
	want := savedCampaign(c.ID)
	e.equal(e.campaign(acme, c.ID), want, "the campaign as read")
	e.view(acme, func(r campaign.Reader) {
		cs, err := r.Campaigns(campaign.CampaignQuery{})
		e.need(err, "Campaigns")
		e.equal(cs, []campaign.Campaign{want}, "the campaign as listed")
	})

	bare := campaign.Campaign{Status: campaign.Drafted, Rev: 1}
	e.update(acme, func(w campaign.Writer) error { return w.SaveCampaign(&bare) })
	e.equal(e.campaign(acme, bare.ID), campaign.Campaign{ID: bare.ID, Tenant: acme, Status: campaign.Drafted, Rev: 1},
		"a campaign without anything set, as read")

	next := want
	next.Draft, next.Rev, next.Status, next.Name = bare.Draft, 2, campaign.Cancelled, "outro nome"
	e.update(acme, func(w campaign.Writer) error { c := next; return w.SaveCampaign(&c) })
	e.equal(e.campaign(acme, c.ID), next, "the campaign after it was replaced")
}

func campaignIDs(e *env) {
	seen := map[campaign.ID]bool{}
	last := campaign.ID(0)
	for i, t := range []campaign.Tenant{acme, beta, acme, beta} {
		id := e.create(t, fmt.Sprint(i), campaign.Drafted)
		e.that(!seen[id], "the ID %s was given twice", id)
		seen[id], last = true, id
		if t == beta {
			e.update(t, func(w campaign.Writer) error { return w.DeleteCampaign(last) })
		}
	}
	id := e.create(acme, "after a deletion", campaign.Drafted)
	e.that(!seen[id], "the ID %s of a deleted campaign was given again", id)
}

func campaignUnknown(e *env) {
	known := e.create(acme, "known", campaign.Drafted)
	none := known + 1000
	e.view(acme, func(r campaign.Reader) {
		_, err := r.Campaign(none)
		e.refuse(err, campaign.ErrNotFound, "Campaign of an unknown id")
		_, err = r.Books(none)
		e.refuse(err, campaign.ErrNotFound, "Books of an unknown id")
		_, err = r.Recipient(campaign.RecipientID{Campaign: none, Position: 1})
		e.refuse(err, campaign.ErrNotFound, "Recipient of an unknown campaign")
		for _, p := range []int64{-1, 0, 1} {
			_, err = r.Recipient(campaign.RecipientID{Campaign: known, Position: p})
			e.refuse(err, campaign.ErrNotFound, fmt.Sprintf("Recipient %d of an empty audience", p))
		}
		e.nobody(r, none)
	})
	for doing, f := range map[string]func(w campaign.Writer) error{
		"SaveCampaign of an unknown id": func(w campaign.Writer) error {
			return w.SaveCampaign(&campaign.Campaign{ID: none, Rev: 2, Status: campaign.Drafted})
		},
		"DeleteCampaign of an unknown id": func(w campaign.Writer) error { return w.DeleteCampaign(none) },
		"Enlist for an unknown id":        func(w campaign.Writer) error { _, err := w.Enlist(none, 0, people(1, 1)); return err },
		"Occupy for an unknown id":        func(w campaign.Writer) error { return w.Occupy(none, nil) },
	} {
		e.refuse(e.try(acme, f), campaign.ErrNotFound, doing)
	}
}

// nobody demands that the lists of a campaign that this tenant does not have
// hold nothing; whether they say ErrNotFound too is the store's choice.
func (e *env) nobody(r campaign.Reader, id campaign.ID) {
	e.Helper()
	rs, _ := r.Recipients(campaign.RecipientQuery{Campaign: id})
	e.that(len(rs) == 0, "Recipients lists %d rows of a campaign that this tenant does not have", len(rs))
	as, _ := r.Flights(id)
	e.that(len(as) == 0, "Flights lists %d rows of a campaign that this tenant does not have", len(as))
	cs, _ := r.History(id, 0, 1)
	e.that(len(cs) == 0, "History lists %d rows of a campaign that this tenant does not have", len(cs))
}

func campaignStale(e *env) {
	id := e.create(acme, "stale", campaign.Drafted)
	e.edit(acme, id, func(c *campaign.Campaign) { c.Name = "second" })
	for _, rev := range []int64{0, 1, 2, 4} {
		err := e.try(acme, func(w campaign.Writer) error {
			c, err := w.Campaign(id)
			if err != nil {
				return err
			}
			c.Rev, c.Name = rev, "late"
			return w.SaveCampaign(&c)
		})
		e.refuse(err, campaign.ErrStale, fmt.Sprintf("SaveCampaign of revision %d over revision 2", rev))
	}
	got := e.campaign(acme, id)
	e.that(got.Name == "second" && got.Rev == 2, "after refused saves the campaign is %q, revision %d", got.Name, got.Rev)
}

func campaignCopies(e *env) {
	c := fullCampaign()
	e.update(acme, func(w campaign.Writer) error { return w.SaveCampaign(&c) })
	want := savedCampaign(c.ID)
	spoil := func(c *campaign.Campaign) {
		c.Messages[0].Text, c.Instances[0], c.Pace.Ramp[0], *c.Retries = "spoilt", 99, 99, 99
		c.Why.Args["instance"], c.Fields["nome"], c.Schedule.Daily[0] = "spoilt", 99, schedule.Span{}
	}
	spoil(&c)
	e.equal(e.campaign(acme, c.ID), want, "the campaign, after the one that was saved has been changed")
	got := e.campaign(acme, c.ID)
	spoil(&got)
	e.equal(e.campaign(acme, c.ID), want, "the campaign, after the one that was read has been changed")
}

func campaignList(e *env) {
	var ids []campaign.ID
	for i := range 7 {
		s := campaign.Drafted
		if i%2 == 1 {
			s = campaign.Paused
		}
		ids = append(ids, e.create(acme, fmt.Sprint(i), s))
		e.create(beta, fmt.Sprint(i), s)
	}
	list := func(q campaign.CampaignQuery) (got []campaign.ID) {
		e.view(acme, func(r campaign.Reader) {
			cs, err := r.Campaigns(q)
			e.need(err, "Campaigns")
			for _, c := range cs {
				got = append(got, c.ID)
			}
		})
		return got
	}
	e.equal(list(campaign.CampaignQuery{}), []campaign.ID{ids[6], ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]}, "all campaigns, by falling ID")
	e.equal(list(campaign.CampaignQuery{Limit: 2}), []campaign.ID{ids[6], ids[5]}, "the first page of two")
	e.equal(list(campaign.CampaignQuery{Limit: 2, Before: ids[5]}), []campaign.ID{ids[4], ids[3]}, "the second page of two")
	e.equal(list(campaign.CampaignQuery{Limit: 2, After: ids[1], Order: campaign.OldestFirst}), []campaign.ID{ids[2], ids[3]}, "the second page of the oldest")
	e.equal(list(campaign.CampaignQuery{After: ids[6], Order: campaign.OldestFirst}), []campaign.ID(nil), "the page after the youngest")
	e.equal(list(campaign.CampaignQuery{Before: ids[0]}), []campaign.ID(nil), "the page after the last")
	e.equal(list(campaign.CampaignQuery{Status: []campaign.Status{campaign.Paused}}), []campaign.ID{ids[5], ids[3], ids[1]}, "the paused ones")
	e.equal(list(campaign.CampaignQuery{Status: []campaign.Status{campaign.Paused, campaign.Drafted}, Limit: 1, Before: ids[4]}), []campaign.ID{ids[3]}, "one of two statuses")
	e.equal(list(campaign.CampaignQuery{Status: []campaign.Status{campaign.Active}}), []campaign.ID(nil), "the active ones")
	e.equal(list(campaign.CampaignQuery{Order: campaign.OldestFirst, Limit: 2}), []campaign.ID{ids[0], ids[1]}, "the oldest two")
	e.equal(list(campaign.CampaignQuery{Order: campaign.OldestFirst, Limit: 2, Skip: 3}), []campaign.ID{ids[3], ids[4]}, "two after the oldest three")
	e.equal(list(campaign.CampaignQuery{Skip: 5}), []campaign.ID{ids[1], ids[0]}, "what follows the newest five")
	e.equal(list(campaign.CampaignQuery{Skip: 7}), []campaign.ID(nil), "what follows all seven")
	same := e.create(acme, "3", campaign.Drafted)
	e.equal(list(campaign.CampaignQuery{Order: campaign.ByName, Limit: 5}), []campaign.ID{ids[0], ids[1], ids[2], same, ids[3]}, "by name, the newest first of two with one name")
	for _, c := range []struct {
		q    campaign.CampaignQuery
		want int64
	}{
		{campaign.CampaignQuery{}, 8},
		{campaign.CampaignQuery{Limit: 1, Skip: 3, Before: ids[2]}, 8},
		{campaign.CampaignQuery{Status: []campaign.Status{campaign.Paused}}, 3},
		{campaign.CampaignQuery{Search: "3"}, 2},
		{campaign.CampaignQuery{Search: "nobody"}, 0},
	} {
		e.view(acme, func(r campaign.Reader) {
			n, err := r.CountCampaigns(c.q)
			e.need(err, "CountCampaigns")
			e.equal(n, c.want, fmt.Sprintf("the number of campaigns that %+v selects", c.q))
		})
	}
}

func campaignSearch(e *env) {
	id := e.create(acme, "PROMOÇÃO de Verão", campaign.Drafted)
	e.create(acme, "outra", campaign.Drafted)
	e.create(acme, "100% off_now", campaign.Drafted)
	for _, c := range []struct {
		search string
		found  int
	}{
		{"promoção", 1}, {"PROMOÇÃO DE VERÃO", 1}, {"verÃo", 1}, {"moç", 1}, {"inverno", 0}, {"%", 1}, {"_", 1}, {"o%o", 0}, {"'", 0},
	} {
		e.view(acme, func(r campaign.Reader) {
			cs, err := r.Campaigns(campaign.CampaignQuery{Search: c.search})
			e.need(err, "Campaigns")
			e.that(len(cs) == c.found, "searching %q finds %d campaigns, want %d", c.search, len(cs), c.found)
			e.that(c.found == 0 || c.search[0] == '%' || c.search[0] == '_' || cs[0].ID == id, "searching %q finds another campaign", c.search)
		})
	}
}

func campaignDelete(e *env) {
	id, is := e.running(acme, 1, 3, "i1")
	a := e.takeOne(t0)
	e.retry(at(time.Second), a, at(time.Hour))
	e.update(acme, func(w campaign.Writer) error { return w.DeleteCampaign(id) })
	e.view(acme, func(r campaign.Reader) {
		_, err := r.Campaign(id)
		e.refuse(err, campaign.ErrNotFound, "Campaign of a deleted one")
		_, err = r.Books(id)
		e.refuse(err, campaign.ErrNotFound, "Books of a deleted one")
		_, err = r.Recipient(campaign.RecipientID{Campaign: id, Position: 1})
		e.refuse(err, campaign.ErrNotFound, "Recipient of a deleted campaign")
		rs, _ := r.Recipients(campaign.RecipientQuery{Campaign: id})
		e.that(len(rs) == 0, "a deleted campaign still lists %d recipients", len(rs))
		es, err := r.Events(campaign.EventQuery{Campaign: id})
		e.need(err, "Events")
		e.that(len(es) == 1, "a deleted campaign has %d events, want the one of its take: the log is append-only", len(es))
	})
	e.that(e.number(acme, is[0]).Serves == 0, "the instance still serves the deleted campaign")
	e.that(len(e.look(query(at(2*time.Hour), 10, 1)).Turns) == 0, "a take loads an instance of a deleted campaign")
	e.refuse(e.try(acme, func(w campaign.Writer) error { return w.DeleteCampaign(id) }), campaign.ErrNotFound, "deleting twice")
	other := e.create(acme, "next", campaign.Drafted)
	e.update(acme, func(w campaign.Writer) error { return w.Occupy(other, is) })
}

func campaignDeleteLog(e *env) {
	id, is := e.running(acme, 1, 2, "i1")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	e.update(acme, func(w campaign.Writer) error { return w.DeleteCampaign(id) })

	want := closing(at(time.Second), a, campaign.OutcomeAccepted, "p1")
	_, err := e.store.Settle(e.ctx, at(time.Minute), []campaign.Settlement{{Attempt: a.ID}}, func(r *campaign.Rows) {
		e.that(len(r.Open) == 0 && len(r.Jobs) == 0 && len(r.People) == 0, "Settle loaded %d open attempts, %d jobs and %d people of a deleted campaign", len(r.Open), len(r.Jobs), len(r.People))
		e.equal(r.Ended[a.ID], want, "the ended attempt of a deleted campaign")
	})
	e.need(err, "Settle of an attempt whose campaign was deleted")

	// The same number sends for another campaign.
	other := e.create(acme, "next", campaign.Drafted)
	e.enlist(acme, other, people(1, 2))
	e.status(acme, other, campaign.Active)
	e.update(acme, func(w campaign.Writer) error { return w.Occupy(other, is) })
	e.wake(acme, is[0], t0)
	b := e.takeOne(at(time.Hour))
	proof := []campaign.Settlement{{Attempt: b.ID, Accepted: campaign.Accepted{ProviderID: "p1"}}}
	_, err = e.store.Settle(e.ctx, at(time.Hour), proof, func(r *campaign.Rows) {
		got := r.Claimed[campaign.ProviderKey{Instance: is[0], ID: "p1"}]
		e.that(got == a.ID, "the provider id of a deleted campaign's attempt is held by %s, want %s", got, a.ID)
	})
	e.need(err, "Settle")
	_, err = e.settle(at(time.Hour), b.ID, accepting("p1"))
	e.refuse(err, campaign.ErrConflict, "a second attempt on the record of a deleted campaign's")
	e.accept(at(time.Hour), b, "p2")
	e.wake(acme, is[0], t0)
	_, err = e.store.Take(e.ctx, query(at(2*time.Hour), 1, 1), func(r *campaign.Rows) {
		simpleUpTo(1)(r)
		r.Begin[0].ID = a.ID
	})
	e.refuse(err, campaign.ErrConflict, "an attempt with the id of a deleted campaign's")

	// A report about it is loaded, and can be done with.
	e.stash(campaign.Notice{Tenant: acme, Instance: is[0], ProviderID: "p1", Kind: campaign.NoticeDelivered, At: at(time.Hour), ArrivedAt: at(time.Hour)})
	r, err := e.store.Absorb(e.ctx, at(time.Hour), t0, 10, func(r *campaign.Rows) {
		e.that(len(r.Notices) == 1, "Absorb loaded %d reports about the message of a deleted campaign, want 1", len(r.Notices))
		e.equal(r.Ended[a.ID], want, "the ended attempt of a deleted campaign")
		for _, n := range r.Notices {
			r.Absorbed = append(r.Absorbed, n.Seq)
		}
	})
	e.need(err, "Absorb of a report about a deleted campaign")
	e.that(len(r.Jobs) == 0 && len(r.People) == 0, "Absorb loaded the job or the people of a deleted campaign")
}

func campaignDeleteRefused(e *env) {
	id, _ := e.running(acme, 1, 2, "i1")
	a := e.takeOne(t0)
	del := func(w campaign.Writer) error { return w.DeleteCampaign(id) }
	e.refuse(e.try(acme, del), campaign.ErrConflict, "DeleteCampaign with an attempt in flight")
	e.lose(at(time.Second), a, time.Time{})
	e.refuse(e.try(acme, del), campaign.ErrConflict, "DeleteCampaign with a lost attempt")
	e.that(len(e.flights(acme, id)) == 1, "a refused deletion removed the open attempt")
	e.accept(at(2*time.Second), a, "p1")
	e.update(acme, del)
}

func campaignOccupy(e *env) {
	id, is := e.running(acme, 1, 1, "i1")
	other := e.create(acme, "other", campaign.Drafted)
	free, foreign := e.instance(acme, "i2"), e.instance(beta, "b1")
	occupy := func(list ...campaign.InstanceID) error {
		return e.try(acme, func(w campaign.Writer) error { return w.Occupy(other, list) })
	}
	err := occupy(free, is[0])
	e.refuse(err, campaign.ErrBusy, "Occupy of a busy instance")
	e.refuse(err, campaign.ErrConflict, "Occupy of a busy instance")
	busy, ok := busyOf(err)
	e.that(ok && busy.Instance == is[0] && busy.Campaign == id, "the error of Occupy is %#v; want a *BusyError that names instance %d and campaign %s", err, is[0], id)
	e.that(e.number(acme, free).Serves == 0, "an Occupy that failed occupied one of its instances")
	e.refuse(occupy(free, 99999), campaign.ErrNotFound, "Occupy of an instance that does not exist")
	e.refuse(occupy(free, foreign), campaign.ErrNotFound, "Occupy of another tenant's instance")
	e.that(e.number(acme, free).Serves == 0, "an Occupy that failed occupied one of its instances")

	e.need(occupy(free), "Occupy of a free instance")
	e.that(e.number(acme, free).Serves == other, "the occupied instance serves %s, want %s", e.number(acme, free).Serves, other)
	e.need(occupy(free), "Occupy of an instance that serves the campaign already")
	e.that(e.number(acme, is[0]).Serves == id, "the busy instance was moved to another campaign")
}

func campaignVacate(e *env) {
	id, is := e.running(acme, 1, 1, "i1", "i2")
	other, os := e.running(acme, 2, 2, "i3")
	e.update(acme, func(w campaign.Writer) error { return w.Vacate(id) })
	for _, i := range is {
		e.that(e.number(acme, i).Serves == 0, "instance %d still serves after Vacate", i)
	}
	e.that(e.number(acme, os[0]).Serves == other, "Vacate freed an instance of another campaign")
	e.update(acme, func(w campaign.Writer) error { return w.Vacate(id) })
	e.update(acme, func(w campaign.Writer) error { return w.Occupy(other, is) })
	e.that(e.number(acme, is[0]).Serves == other, "a vacated instance cannot be occupied")
}

func campaignBooks(e *env) {
	id := e.create(acme, "books", campaign.Drafted)
	e.equal(e.books(acme, id), campaign.Books{}, "the books of a new campaign")
	e.enlist(acme, id, people(1, 3))
	e.equal(e.books(acme, id), campaign.Books{}, "the books of a campaign that sent nothing")
}
