package campaigntest

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func returnRules() []rule[*env] {
	return []rule[*env]{
		{"returns/waits", "who comes back after a refused message is pending again, and a report of that message finds where the person stands", returnsWait},
		{"returns/next", "the next generation of who comes back is taken with the reason of the wait, and settled as any other", returnsNext},
		{"returns/arrived", "who comes back and was reached after all stands for that message again", returnsArrived},
		{"returns/forward", "a message that was delivered brings nobody back", returnsForward},
	}
}

var afterRestriction = campaign.Because(campaign.CodeAfterRestriction, "instance", "1", "until", "2026-03-04T15:00:00Z")

// comesBack makes a campaign whose first recipient was sent "p1" and comes back
// in generation 2.
func (e *env) comesBack() (campaign.RecipientID, campaign.InstanceID) {
	e.Helper()
	id, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	e.report(is[0], campaign.NoticeError, at(2*time.Second))
	_, err := e.store.Absorb(e.ctx, at(3*time.Second), never, 10, func(r *campaign.Rows) {
		p := r.People[a.Recipient]
		p.State, p.SentAt = "", time.Time{}
		r.Settled = append(r.Settled, p)
		r.Wait = append(r.Wait, campaign.Waiting{Recipient: p.ID, Due: at(time.Hour), Generation: 2, Why: afterRestriction})
		r.Jobs[id].Tally.Sent--
		r.Absorbed = append(r.Absorbed, r.Notices[0].Seq)
	})
	e.need(err, "Absorb that brings somebody back")
	return a.Recipient, is[0]
}

func (e *env) report(i campaign.InstanceID, k campaign.NoticeKind, when time.Time) {
	e.Helper()
	e.stash(campaign.Notice{Tenant: acme, Instance: i, ProviderID: "p1", Kind: k, At: when, ArrivedAt: when})
}

func returnsWait(e *env) {
	who, i := e.comesBack()
	p := e.recipient(acme, who.Campaign, who.Position)
	e.that(p.State == campaign.Pending && p.Generation == 2 && p.Due.Equal(at(time.Hour)) && p.Why.Code == campaign.CodeAfterRestriction,
		"who comes back shows as %+v", p)
	e.that(p.ProviderID == "" && p.SentAt.IsZero(), "who comes back shows the message before: %+v", p)
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: who.Campaign, States: []campaign.State{campaign.Sent}}), []int64(nil), "the sent")
	e.equal(e.positions(acme, campaign.RecipientQuery{Campaign: who.Campaign, States: []campaign.State{campaign.Pending}}), []int64{1, 2, 3}, "the pending")
	e.that(e.books(acme, who.Campaign).Waiting == 1, "who comes back is not counted among the waiting")

	e.report(i, campaign.NoticeDelivered, at(4*time.Second))
	r := e.absorb(at(5*time.Second), never, 10, true)
	own := r.People[who]
	e.that(own != nil && own.State == "" && own.ProviderID == "p1" && own.Generation == 1, "Absorb did not load the row as it is: %+v", own)
	w, ok := r.Waits[who]
	e.that(ok, "Absorb did not load the waiting row")
	e.equal(w, campaign.Waiting{Recipient: who, Due: at(time.Hour), Generation: 2, Why: afterRestriction}, "the waiting row")
}

func returnsNext(e *env) {
	who, i := e.comesBack()
	e.wake(acme, i, at(time.Hour))
	r := e.look(query(at(time.Hour), 1, 1))
	e.that(len(r.Turns) == 1 && len(r.Turns[0].Job.Due) == 1, "who comes back is not due")
	due := r.Turns[0].Job.Due[0]
	e.equal(due.Recipient.Why, afterRestriction, "the reason of the wait")
	e.that(due.Waiting && due.Recipient.Generation == 2, "the candidate is %+v", due)
	a := e.takeOne(at(time.Hour))
	e.that(a.Recipient == who && a.Generation == 2, "the take began %s in generation %d", a.Recipient, a.Generation)
	e.that(e.recipient(acme, who.Campaign, 1).State == campaign.Sending, "the next generation is not under way")
	_, err := e.settle(at(time.Hour+time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		p := r.People[who]
		e.that(p != nil && p.State == "" && p.ProviderID == "p1", "Settle did not load the row of an open attempt's recipient: %+v", p)
		accepting("p2")(r, a)
	})
	e.need(err, "Settle of the next generation")
	p := e.recipient(acme, who.Campaign, 1)
	e.that(p.State == campaign.Sent && p.Generation == 2 && p.ProviderID == "p2", "the next generation was accepted and shows as %+v", p)
}

func returnsArrived(e *env) {
	who, i := e.comesBack()
	e.report(i, campaign.NoticeDelivered, at(4*time.Second))
	_, err := e.store.Absorb(e.ctx, at(5*time.Second), never, 10, func(r *campaign.Rows) {
		p := r.People[who]
		p.State, p.SentAt, p.DeliveredAt = campaign.Delivered, at(time.Second), at(4*time.Second)
		r.Unwait = append(r.Unwait, who)
		r.Settled = append(r.Settled, p)
		r.Absorbed = append(r.Absorbed, r.Notices[0].Seq)
	})
	e.need(err, "Absorb that withdraws a return")
	p := e.recipient(acme, who.Campaign, 1)
	e.that(p.State == campaign.Delivered && p.Generation == 1 && p.ProviderID == "p1" && p.Due.IsZero(), "who was reached after all shows as %+v", p)
	e.that(e.books(acme, who.Campaign).Waiting == 0, "who was reached after all still waits")
}

func returnsForward(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	become := func(s campaign.State, k campaign.NoticeKind) error {
		e.report(is[0], k, at(2*time.Second))
		_, err := e.store.Absorb(e.ctx, at(3*time.Second), never, 10, func(r *campaign.Rows) {
			p := r.People[a.Recipient]
			p.State = s
			r.Settled = append(r.Settled, p)
			r.Absorbed = append(r.Absorbed, r.Notices[0].Seq)
		})
		return err
	}
	e.need(become(campaign.Delivered, campaign.NoticeDelivered), "Absorb of a delivery")
	e.refuse(become("", campaign.NoticeError), campaign.ErrConflict, "an Absorb that brings back who was reached")
	e.that(e.recipient(acme, id, 1).State == campaign.Delivered, "a refused Absorb changed the recipient")
}
