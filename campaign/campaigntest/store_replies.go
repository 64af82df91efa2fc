package campaigntest

import (
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func replyRules() []rule[*env] {
	return []rule[*env]{
		{"replies/match", "what a person writes comes with all that the tenant sent them lately, whatever number sent it", replyMatch},
		{"replies/in flight", "what a person writes while a send to them is under way waits until that has ended", replyInFlight},
		{"replies/not sent", "what waited for a send that did not happen is matched with what was sent before", replyNotSent},
		{"replies/stranger", "what strangers write is about nothing, and does not stay for ever", replyStranger},
		{"replies/window", "a message that came before what was sent, or long after it, answers nothing", replyWindow},
		{"replies/second", "what is told by the second alone can answer what was sent in it", replySecond},
		{"replies/rolled back", "a reply that was not applied is not lost, and still matched", replyRolledBack},
		{"replies/counts", "how often each message was answered is kept", replyCounts},
	}
}

// reply is a message of the n-th person to an instance of acme.
func reply(i campaign.InstanceID, n int, at time.Time) campaign.Notice {
	return campaign.Notice{Tenant: acme, Instance: i, ProviderID: "in", Kind: campaign.NoticeReply, Phone: phone(n), At: at, ArrivedAt: at}
}

// endedIn are the ids of the attempts that an Absorb loaded, in no order.
func endedIn(r *campaign.Rows) map[campaign.AttemptID]bool {
	ids := make(map[campaign.AttemptID]bool)
	for id := range r.Ended {
		ids[id] = true
	}
	return ids
}

func replyMatch(e *env) {
	_, is := e.running(acme, 1, 1, "a")
	first := e.takeOne(t0)
	e.accept(at(time.Second), first, "p1")
	e.running(acme, 1, 1, "b")
	second := e.takeOne(at(2 * time.Second))
	e.accept(at(3*time.Second), second, "p2")
	e.running(beta, 1, 1, "c")
	e.accept(at(5*time.Second), e.takeOne(at(4*time.Second)), "p3")

	n := reply(is[0], 1, at(time.Minute))
	e.stash(n)
	r := e.absorb(at(time.Minute), never, 10, false)
	e.that(len(r.Notices) == 1, "Absorb loaded %d reports, want the reply", len(r.Notices))
	n.Seq = r.Notices[0].Seq
	e.equal(r.Notices[0], n, "the reply that was loaded")
	e.equal(endedIn(r), map[campaign.AttemptID]bool{first.ID: true, second.ID: true}, "the attempts that were loaded")
	e.equal(r.Ended[first.ID], closing(at(time.Second), first, campaign.OutcomeAccepted, "p1"), "the first attempt")
	for _, a := range []*campaign.Attempt{first, second} {
		p := r.People[a.Recipient]
		e.that(p != nil && p.State == campaign.Sent, "Absorb did not load the recipient %s as it is: %+v", a.Recipient, p)
		e.that(r.Jobs[a.Recipient.Campaign] != nil && r.Numbers[a.Instance] != nil, "Absorb did not load job and number")
	}
	e.that(len(e.absorb(at(time.Minute), never, 10, true).Notices) == 1, "a reply that was loaded and not absorbed is gone")
	e.that(len(e.absorb(at(time.Minute), never, 10, true).Notices) == 0, "a reply that was absorbed is loaded again")
}

func replyInFlight(e *env) {
	_, is := e.running(acme, 1, 1, "a")
	a := e.takeOne(t0)
	e.stash(reply(is[0], 1, at(time.Second)))
	e.that(len(e.absorb(at(time.Second), never, 10, true).Notices) == 0, "a reply is loaded while the message is in flight")
	e.accept(at(2*time.Second), a, "p1")
	r := e.absorb(at(3*time.Second), never, 10, true)
	e.that(len(r.Notices) == 1 && r.Ended[a.ID].Attempt == a.ID, "a reply that came during the send is not matched after it")
}

func replyNotSent(e *env) {
	_, is := e.running(acme, 1, 1, "a")
	first := e.takeOne(t0)
	e.accept(at(time.Second), first, "p1")
	e.running(acme, 1, 1, "b")
	second := e.takeOne(at(time.Minute))
	e.stash(reply(is[0], 1, at(61*time.Second)))
	e.that(len(e.absorb(at(61*time.Second), never, 10, true).Notices) == 0, "a reply is loaded while the next message is in flight")
	_, err := e.settle(at(62*time.Second), second.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		r.Close = append(r.Close, closing(r.Now, a, campaign.OutcomeLate, ""))
		r.Wait = append(r.Wait, campaign.Waiting{Recipient: a.Recipient, Due: at(time.Hour), Generation: 1})
	})
	e.need(err, "Settle")
	r := e.absorb(at(63*time.Second), never, 10, true)
	e.that(len(r.Notices) == 1, "a reply that waited is not loaded when there is nothing left to wait for")
	e.equal(endedIn(r), map[campaign.AttemptID]bool{first.ID: true}, "the attempts that were loaded")
}

func replyStranger(e *env) {
	_, is := e.running(acme, 1, 1, "a")
	e.accept(t0, e.takeOne(t0), "p1")
	e.running(beta, 2, 2, "c")
	e.accept(at(time.Second), e.takeOne(at(time.Second)), "in") // the stranger's, of another tenant, with the reply's id
	e.stash(reply(is[0], 2, at(time.Minute)))
	e.that(len(e.absorb(at(time.Hour), at(time.Minute), 10, true).Notices) == 0, "what a stranger wrote is matched")
	r := e.absorb(at(time.Hour), at(time.Minute+time.Millisecond), 10, true)
	e.that(len(r.Notices) == 1 && len(r.Ended) == 0, "what a stranger wrote came with %d attempts when it had expired, as %d reports", len(r.Ended), len(r.Notices))
	e.that(len(e.absorb(at(time.Hour), at(time.Hour), 10, true).Notices) == 0, "an expired reply that was absorbed is loaded again")
}

func replyWindow(e *env) {
	_, is := e.running(acme, 1, 1, "a")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	for _, c := range []struct {
		at time.Time
		in bool
	}{
		{t0.Add(-time.Millisecond), false},
		{t0, true},
		{t0.Add(campaign.ReplyWindow), true},
		{t0.Add(campaign.ReplyWindow + time.Millisecond), false},
	} {
		n := reply(is[0], 1, c.at)
		e.stash(n)
		r := e.absorb(t0, never, 10, true)
		e.that(len(r.Notices) == 1 && (len(r.Ended) == 1) == c.in, "a reply %v after the take came %d times with %d attempts", c.at.Sub(t0), len(r.Notices), len(r.Ended))
	}
}

// What is dated in whole seconds may have happened in the second's last instant,
// but not after it was told.
func replySecond(e *env) {
	_, is := e.running(acme, 1, 1, "a")
	taken := t0.Truncate(time.Second).Add(400 * time.Millisecond)
	e.wake(acme, is[0], taken)
	e.accept(taken.Add(time.Second), e.takeOne(taken), "p1")
	second := taken.Truncate(time.Second)
	for _, c := range []struct {
		at, arrived time.Time
		in          bool
		what        string
	}{
		{second, second.Add(time.Minute), true, "dated in the second of the take"},
		{second, taken.Add(100 * time.Millisecond), true, "dated in the second of the take, and told in it"},
		{second, taken.Add(-time.Millisecond), false, "told before the take"},
		{second.Add(time.Millisecond), second.Add(time.Minute), false, "dated to the millisecond, before the take"},
		{second.Add(-time.Second), second.Add(time.Minute), false, "dated in the second before"},
		{second.Add(time.Second), second.Add(time.Minute), true, "dated in the second after"},
	} {
		n := reply(is[0], 1, c.at)
		n.ArrivedAt = c.arrived
		e.stash(n)
		r := e.absorb(second.Add(time.Hour), never, 10, true)
		e.that(len(r.Notices) == 1 && (len(r.Ended) == 1) == c.in, "a reply %s came %d times with %d attempts", c.what, len(r.Notices), len(r.Ended))
	}
}

func replyRolledBack(e *env) {
	id, is := e.running(acme, 1, 2, "a")
	a := e.takeOne(t0)
	e.stash(reply(is[0], 1, at(time.Second)))
	_, err := e.settle(at(2*time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		r.Close = append(r.Close, closing(r.Now, a, campaign.OutcomeLate, ""))
		r.Wait = append(r.Wait, campaign.Waiting{Recipient: a.Recipient, Due: at(time.Hour), Generation: 1})
	})
	e.need(err, "Settle")
	_, err = e.store.Absorb(e.ctx, at(3*time.Second), never, 10, func(r *campaign.Rows) {
		for _, n := range r.Notices {
			r.Absorbed = append(r.Absorbed, n.Seq)
		}
		r.Wait = append(r.Wait, campaign.Waiting{Recipient: campaign.RecipientID{Campaign: id, Position: 99}, Generation: 1})
	})
	e.refuse(err, campaign.ErrConflict, "an Absorb that makes somebody wait who does not exist")
	e.that(slices.Equal(kinds(e.absorb(at(4*time.Second), never, 10, true)), []campaign.NoticeKind{campaign.NoticeReply}), "a refused Absorb deleted its reply, or put it back among those that wait")
}

func replyCounts(e *env) {
	id, is := e.running(acme, 1, 1, "a")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	answered := campaign.RecipientQuery{Campaign: id, Responded: true}
	e.equal(e.positions(acme, answered), []int64(nil), "who has answered before anybody has")
	e.stash(reply(is[0], 1, at(time.Minute)))
	_, err := e.store.Absorb(e.ctx, at(time.Minute), never, 10, func(r *campaign.Rows) {
		r.Absorbed = append(r.Absorbed, r.Notices[0].Seq)
		p := r.People[a.Recipient]
		p.RespondedAt = at(time.Minute)
		r.Settled = append(r.Settled, p)
		r.Jobs[id].Tally.Responded++
		r.Jobs[id].Tally.RespondedOf.Add(a.Message, 1)
	})
	e.need(err, "Absorb")
	e.that(e.recipient(acme, id, 1).RespondedAt.Equal(at(time.Minute)), "the answer's instant was not saved")
	e.equal(e.positions(acme, answered), []int64{1}, "who has answered")
	answered.States = []campaign.State{campaign.Sent}
	e.equal(e.positions(acme, answered), []int64{1}, "who has answered and stands at sent")
	answered.States = []campaign.State{campaign.Failed}
	e.equal(e.positions(acme, answered), []int64(nil), "who has answered and stands at failed")
	t := e.books(acme, id).Tally
	e.that(t.Responded == 1 && t.RespondedOf[a.Message] == 1 && len(t.RespondedOf) == 1, "the tally counts %d answers, by message %v", t.Responded, t.RespondedOf)
}
