package campaigntest

import (
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func busyOf(err error) (*campaign.BusyError, bool) {
	var b *campaign.BusyError
	ok := errors.As(err, &b)
	return b, ok
}

func audienceRules() []rule[*env] {
	return []rule[*env]{
		{"audience/enlist", "positions are dense, so that a take goes by position and a cursor says it all", enlistDense},
		{"audience/enlist each once", "a person who stands in two lists gets one message", enlistOnce},
		{"audience/contact", "the text is rendered from the copy that was made when the person was added", enlistContact},
		{"audience/list", "a list continues where its last page ended, without gaps or repeats", audienceList},
		{"audience/limits", "a page is bounded, whatever is asked for", audienceLimits},
		{"audience/states", "a recipient's state is derived the same everywhere, and lists by state agree with it", audienceStates},
		{"audience/cancelled", "cancelling a million is one row: the others are derived from it", audienceCancelled},
	}
}

func enlistDense(e *env) {
	id := e.create(acme, "dense", campaign.Drafted)
	e.enlist(acme, id, people(1, 3))
	e.enlist(acme, id, nil)
	e.enlist(acme, id, people(4, 4))
	e.update(acme, func(w campaign.Writer) error { // several calls in one transaction
		c, err := w.Campaign(id)
		if err != nil {
			return err
		}
		for _, cs := range [][]contact.Contact{people(5, 6), people(7, 7)} {
			if _, err := w.Enlist(id, c.Total, cs); err != nil {
				return err
			}
			c.Total += int64(len(cs))
		}
		c.Rev++
		return w.SaveCampaign(&c)
	})
	e.that(e.campaign(acme, id).Total == 7, "the total is %d, want 7", e.campaign(acme, id).Total)
	for n := 1; n <= 7; n++ {
		p := e.recipient(acme, id, int64(n))
		e.that(p.Contact.Phone == phone(n), "position %d is %s, want %s: positions follow the order of the people", n, p.Contact.Phone, phone(n))
	}
}

func enlistOnce(e *env) {
	id, other := e.create(acme, "once", campaign.Drafted), e.create(acme, "other", campaign.Drafted)
	e.enlist(acme, other, people(1, 9))
	e.equal(e.enlist(acme, id, append(people(1, 2), people(1, 3)...)), []bool{true, true, false, false, true}, "who was added of 1 2 1 2 3")
	e.equal(e.enlist(acme, id, append(people(3, 4), people(2, 2)...)), []bool{false, true, false}, "who was added of 3 4 2, after 1 2 3")
	e.equal(e.enlist(acme, id, people(1, 4)), []bool{false, false, false, false}, "who was added the third time")
	e.that(e.campaign(acme, id).Total == 4, "the total is %d, want 4", e.campaign(acme, id).Total)
	for n := 1; n <= 4; n++ {
		p := e.recipient(acme, id, int64(n))
		e.that(p.Contact.Phone == phone(n), "position %d is %s, want %s: positions have no gaps", n, p.Contact.Phone, phone(n))
	}
}

func enlistContact(e *env) {
	id := e.create(acme, "contact", campaign.Drafted)
	zone := time.FixedZone("elsewhere", 5*3600)
	c := contact.Contact{ID: 77, Name: "Zoë d'Ávila", Phone: phone(1), Email: "zoe@example.com", ReferredBy: "João",
		Tags: []string{"vip", "é"}, Vars: map[string]string{"cidade": "Belém", "x": ""}, Notes: "nota\nlonga", Active: true,
		Consent: "formulário", Basis: contact.BasisContract, CreatedAt: t0.In(zone), UpdatedAt: at(time.Hour).In(zone)}
	e.that(unsaid(c) == "", "the suite's own contact says nothing in its field %s", unsaid(c))
	want := c.Clone()
	want.CreatedAt, want.UpdatedAt = want.CreatedAt.UTC(), want.UpdatedAt.UTC()
	e.enlist(acme, id, []contact.Contact{c, {Phone: phone(2)}})
	c.Tags[0], c.Vars["cidade"] = "spoilt", "spoilt"
	got := e.recipient(acme, id, 1)
	e.equal(got, campaign.Recipient{ID: campaign.RecipientID{Campaign: id, Position: 1}, Contact: want, State: campaign.Pending, Generation: 1}, "a new recipient")
	got.Contact.Tags[0], got.Contact.Vars["cidade"] = "spoilt", "spoilt"
	e.equal(e.recipient(acme, id, 1).Contact, want, "the contact, after the one that was read has been changed")
	e.equal(e.recipient(acme, id, 2).Contact, contact.Contact{Phone: phone(2)}, "a contact with nothing but a phone")
}

func audienceList(e *env) {
	id, other := e.create(acme, "list", campaign.Drafted), e.create(acme, "other", campaign.Drafted)
	e.enlist(acme, other, people(1, 3))
	e.enlist(acme, id, people(1, 7))
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id}), []int64{1, 2, 3, 4, 5, 6, 7}, "all recipients, by rising position")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, Limit: 3}), []int64{1, 2, 3}, "the first page of three")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, Limit: 3, After: 3}), []int64{4, 5, 6}, "the second page of three")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, Limit: 3, After: 6}), []int64{7}, "the last page of three")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, After: 7}), []int64(nil), "the page after the last")
}

func audienceLimits(e *env) {
	id := e.create(acme, "limits", campaign.Drafted)
	e.enlist(acme, id, people(1, 1005))
	for _, c := range []struct{ limit, want int }{{0, 100}, {-1, 100}, {1, 1}, {1000, 1000}, {1001, 1000}, {1 << 30, 1000}} {
		got := len(e.positions(acme, campaign.RecipientQuery{Campaign: id, Limit: c.limit}))
		e.that(got == c.want, "a page with Limit %d has %d rows, want %d", c.limit, got, c.want)
	}
	e.that(len(e.positions(acme, campaign.RecipientQuery{Campaign: id, After: 1000})) == 5, "the page after 1000 of 1005 has not 5 rows")
}

// audienceOfEveryState makes a campaign whose recipients 1 to 8 are sent,
// unknown, sending, pending (waits for a retry), skipped, failed, delivered
// and pending (not taken yet).
func audienceOfEveryState(e *env) (campaign.ID, map[int64]*campaign.Attempt) {
	id, is := e.running(acme, 1, 8, "i1")
	as := map[int64]*campaign.Attempt{}
	for n := int64(1); n <= 7; n++ {
		e.wake(acme, is[0], t0)
		if n == 5 {
			_, err := e.store.Take(e.ctx, query(at(10*time.Second), 1, 5), func(r *campaign.Rows) {
				j := r.Turns[0].Job
				p := j.Ahead[0].Recipient
				j.Cursor.Position, j.Cursor.Skipped = p.ID.Position, 1
				p.State, p.Why = campaign.Skipped, campaign.Because(campaign.CodeOptedOut)
				r.Settled = append(r.Settled, &p)
			})
			e.need(err, "Take that skips")
			continue
		}
		r, err := e.store.Take(e.ctx, query(at(10*time.Second), 1, 5), simpleUpTo(1))
		e.need(err, "Take")
		e.that(len(r.Begin) == 1, "a take began %d attempts, want 1", len(r.Begin))
		as[n] = r.Begin[0]
		switch n {
		case 1, 7:
			e.accept(at(20*time.Second), as[n], "p"+as[n].ID.String())
		case 2:
			e.lose(at(20*time.Second), as[n], time.Time{})
		case 4:
			e.retry(at(20*time.Second), as[n], at(time.Hour))
		case 6:
			_, err := e.settle(at(20*time.Second), as[n].ID, func(r *campaign.Rows, a *campaign.Attempt) {
				c := closing(r.Now, a, campaign.OutcomeRefused, "")
				c.Why = campaign.Because(campaign.CodeProviderError)
				r.Close = append(r.Close, c)
				r.Jobs[id].Tally.Failed++
				r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Failed, Why: c.Why,
					Message: a.Message, Tries: a.Try, Generation: a.Generation, Instance: a.Instance})
			})
			e.need(err, "Settle of a refused attempt")
		}
	}
	e.need(e.store.Stash(e.ctx, []campaign.Notice{{Tenant: acme, Instance: is[0], ProviderID: "p" + as[7].ID.String(),
		Kind: campaign.NoticeDelivered, At: at(30 * time.Second), ArrivedAt: at(30 * time.Second)}}), "Stash")
	_, err := e.store.Absorb(e.ctx, at(31*time.Second), time.Time{}, 10, func(r *campaign.Rows) {
		p := r.People[as[7].Recipient]
		e.that(p != nil, "Absorb did not load the recipient of a report")
		p.State, p.DeliveredAt = campaign.Delivered, at(30*time.Second)
		r.Settled = append(r.Settled, p)
		r.Absorbed = append(r.Absorbed, r.Notices[0].Seq)
		r.Jobs[id].Tally.Delivered++
	})
	e.need(err, "Absorb")
	return id, as
}

func audienceStates(e *env) {
	id, as := audienceOfEveryState(e)
	states := []campaign.State{"", campaign.Sent, campaign.Unknown, campaign.Sending, campaign.Pending, campaign.Skipped, campaign.Failed, campaign.Delivered, campaign.Pending}
	by := map[campaign.State][]int64{}
	for n := int64(1); n <= 8; n++ {
		p := e.recipient(acme, id, n)
		e.that(p.State == states[n], "recipient %d is %s, want %s", n, p.State, states[n])
		by[states[n]] = append(by[states[n]], n)
	}
	for _, s := range campaign.States() {
		e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, States: []campaign.State{s}}), by[s], "the recipients that are "+string(s))
	}
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, States: []campaign.State{campaign.Pending, campaign.Sent}}), []int64{1, 4, 8}, "the recipients that are pending or sent")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, States: []campaign.State{campaign.Pending, campaign.Sent}, After: 1, Limit: 1}), []int64{4}, "a page of those that are pending or sent")

	sent, sending, waiting := e.recipient(acme, id, 1), e.recipient(acme, id, 3), e.recipient(acme, id, 4)
	me := func(n int64) campaign.Recipient {
		return campaign.Recipient{ID: campaign.RecipientID{Campaign: id, Position: n}, Contact: people(int(n), int(n))[0], Generation: 1}
	}
	want := me(1)
	want.State, want.Message, want.Tries, want.Instance = campaign.Sent, 1, 1, as[1].Instance
	want.ProviderID, want.TakenAt, want.SentAt = "p"+as[1].ID.String(), at(10*time.Second), at(20*time.Second)
	e.equal(sent, want, "a sent recipient")
	want = me(3)
	want.State, want.Message, want.Tries, want.Instance, want.TakenAt = campaign.Sending, 1, 1, as[3].Instance, at(10*time.Second)
	e.equal(sending, want, "a recipient in flight")
	want = me(4)
	want.State, want.Tries, want.Due, want.Why = campaign.Pending, 1, at(time.Hour), campaign.Because(campaign.CodeNotSent)
	waiting.Message, waiting.Instance, waiting.TakenAt = 0, 0, time.Time{}
	e.equal(waiting, want, "a recipient that waits")

	b := e.books(acme, id)
	e.that(b.Flying == 1 && b.Waiting == 1 && b.NextDue.Equal(at(time.Hour)), "the books count %d in flight, %d waiting until %v; want 1, 1 and an hour after the start", b.Flying, b.Waiting, b.NextDue)
	e.equal(b.Cursor, campaign.Cursor{Position: 7, Skipped: 1, Picked: campaign.Counts{1: 6}}, "the cursor")
	e.equal(b.Tally, campaign.Tally{Sent: 2, Delivered: 1, Failed: 1, Unknown: 1, Retries: 1,
		SentOf: campaign.Counts{1: 2}, LastSentAt: at(20 * time.Second)}, "the tally")
	p := b.Progress(e.campaign(acme, id))
	e.that(p.Pending+p.Sending+p.Unknown+p.Sent+p.Failed+p.Skipped+p.Cancelled == p.Total, "the states do not sum to the audience: %+v", p)
}

func audienceCancelled(e *env) {
	id, _ := audienceOfEveryState(e)
	e.update(acme, func(w campaign.Writer) error { return w.Vacate(id) })
	e.status(acme, id, campaign.Cancelled)
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, States: []campaign.State{campaign.Dropped}}), []int64{4, 8}, "the cancelled ones")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: id, States: []campaign.State{campaign.Pending}}), []int64(nil), "the pending ones of a cancelled campaign")
	e.that(e.recipient(acme, id, 3).State == campaign.Sending, "what is in flight when a campaign is cancelled stays sending")
	e.that(e.recipient(acme, id, 1).State == campaign.Sent, "what was sent before a campaign was cancelled stays sent")
}
