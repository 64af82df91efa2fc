package campaigntest

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func inboxRules() []rule[*env] {
	return []rule[*env]{
		{"inbox/match", "a report is applied to the message that it names, with all that the judgement needs", inboxMatch},
		{"inbox/early", "a report that comes before its message is settled waits for it", inboxEarly},
		{"inbox/other number", "an id of another number is another message, and is never guessed", inboxOtherNumber},
		{"inbox/expire", "a report about nothing that is known does not stay for ever", inboxExpire},
		{"inbox/bounds", "reports are applied in the order in which they came, some at a time", inboxBounds},
		{"inbox/rolled back", "a report that was not applied is not lost", inboxRolledBack},
		{"inbox/sightings", "a report that a message was sent is evidence for whoever lost its answer, until an attempt has it", inboxSightings},
		{"inbox/addressee", "who quotes a message of ours is the person that it went to: of this tenant and this number alone", inboxAddressee},
	}
}

func (e *env) stash(ns ...campaign.Notice) {
	e.Helper()
	e.need(e.store.Stash(e.ctx, ns), "Stash")
}

// absorb runs an Absorb and returns what it loaded; done reports are deleted.
func (e *env) absorb(now, expire time.Time, max int, done bool) *campaign.Rows {
	e.Helper()
	r, err := e.store.Absorb(e.ctx, now, expire, max, func(r *campaign.Rows) {
		for _, n := range r.Notices {
			if done {
				r.Absorbed = append(r.Absorbed, n.Seq)
			}
		}
	})
	e.need(err, "Absorb")
	return r
}

func kinds(r *campaign.Rows) (ks []campaign.NoticeKind) {
	for _, n := range r.Notices {
		ks = append(ks, n.Kind)
	}
	return ks
}

var never time.Time // an expiry that nothing has reached

func inboxMatch(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	zone := time.FixedZone("elsewhere", 3600)
	n := campaign.Notice{Tenant: acme, Instance: is[0], ProviderID: "p1", Kind: campaign.NoticeDelivered, At: at(2 * time.Second).In(zone), ArrivedAt: at(3 * time.Second).In(zone),
		Why: campaign.Because(campaign.CodeProviderError, "code", "131026"), Blame: campaign.BlameRecipient}
	e.stash(n)
	r, err := e.store.Absorb(e.ctx, at(4*time.Second), never, 10, func(r *campaign.Rows) {
		e.that(len(r.Notices) == 1, "Absorb loaded %d reports, want 1", len(r.Notices))
		want := n
		want.Seq, want.At, want.ArrivedAt = r.Notices[0].Seq, n.At.UTC(), n.ArrivedAt.UTC()
		e.that(want.Seq > 0, "a report has the Seq %d", want.Seq)
		e.equal(r.Notices[0], want, "the report that was loaded")
		e.equal(r.Ended[a.ID], closing(at(time.Second), a, campaign.OutcomeAccepted, "p1"), "the attempt that was loaded")
		p := r.People[a.Recipient]
		e.that(p != nil && p.State == campaign.Sent && p.ProviderID == "p1", "Absorb did not load the recipient as it is: %+v", p)
		e.that(r.Jobs[id] != nil && r.Numbers[is[0]] != nil, "Absorb did not load job and number")
		p.State, p.DeliveredAt = campaign.Delivered, r.Notices[0].At
		r.Settled = append(r.Settled, p)
		r.Jobs[id].Tally.Delivered++
		r.Numbers[is[0]].Meter.Errors = 3
		r.Absorbed = append(r.Absorbed, r.Notices[0].Seq)
		r.Events = append(r.Events, told(r.Now, a, campaign.EventDelivered))
	})
	e.need(err, "Absorb")
	e.that(r != nil && len(r.Notices) == 1, "Absorb did not return the Rows")
	p := e.recipient(acme, id, 1)
	e.that(p.State == campaign.Delivered && p.DeliveredAt.Equal(at(2*time.Second)) && p.SentAt.Equal(at(time.Second)), "the recipient is %s, delivered %v, sent %v", p.State, p.DeliveredAt, p.SentAt)
	e.that(e.books(acme, id).Tally.Delivered == 1 && e.number(acme, is[0]).Meter.Errors == 3, "Absorb did not save tally and meter")
	e.that(len(e.events(acme, campaign.EventQuery{Types: []campaign.EventType{campaign.EventDelivered}})) == 1, "Absorb did not save the event")
	e.that(len(e.absorb(at(5*time.Second), never, 10, false).Notices) == 0, "a report that was absorbed is loaded again")
}

func inboxEarly(e *env) {
	_, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.stash(campaign.Notice{Tenant: acme, Instance: is[0], ProviderID: "p1", Kind: campaign.NoticeRead, At: t0, ArrivedAt: t0})
	e.that(len(e.absorb(at(time.Second), never, 10, true).Notices) == 0, "a report about an attempt in flight is loaded")
	e.accept(at(2*time.Second), a, "p1")
	r := e.absorb(at(3*time.Second), never, 10, false)
	e.that(len(r.Notices) == 1 && r.Ended[a.ID].Attempt == a.ID, "a report that came early is not matched after the settlement")
	r = e.absorb(at(3*time.Second), never, 10, true)
	e.that(len(r.Notices) == 1, "a report that was loaded and not absorbed is gone")
}

func inboxOtherNumber(e *env) {
	_, is := e.running(acme, 1, 3, "a", "b")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	other := is[0]
	if a.Instance == is[0] {
		other = is[1]
	}
	e.stash(
		campaign.Notice{Tenant: acme, Instance: other, ProviderID: "p1", Kind: campaign.NoticeRead, At: t0, ArrivedAt: t0},
		campaign.Notice{Tenant: acme, Instance: a.Instance, ProviderID: "P1", Kind: campaign.NoticeRead, At: t0, ArrivedAt: t0},
		campaign.Notice{Tenant: acme, Instance: a.Instance, Kind: campaign.NoticeRead, At: t0, ArrivedAt: t0},
		campaign.Notice{Tenant: acme, Instance: a.Instance + 1000, ProviderID: "p1", Kind: campaign.NoticeRead, At: t0, ArrivedAt: t0})
	e.that(len(e.absorb(at(time.Second), never, 10, false).Notices) == 0, "a report about another message is matched")
}

func inboxExpire(e *env) {
	_, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.accept(t0, a, "p1")
	note := func(provider string, arrived time.Time, k campaign.NoticeKind) campaign.Notice {
		return campaign.Notice{Tenant: acme, Instance: is[0], ProviderID: provider, Kind: k, At: at(time.Hour), ArrivedAt: arrived}
	}
	e.stash(note("nobody's", at(time.Minute), campaign.NoticeServer), note("p1", at(2*time.Minute), campaign.NoticeDelivered), note("nobody's", at(3*time.Minute), campaign.NoticeRead))
	e.equal(kinds(e.absorb(at(time.Hour), at(time.Minute), 10, false)), []campaign.NoticeKind{campaign.NoticeDelivered}, "the reports when none has expired")
	e.equal(kinds(e.absorb(at(time.Hour), at(time.Minute+time.Millisecond), 10, false)), []campaign.NoticeKind{campaign.NoticeServer, campaign.NoticeDelivered}, "the reports when the first has expired")
	e.equal(kinds(e.absorb(at(time.Hour), at(time.Hour), 10, true)), []campaign.NoticeKind{campaign.NoticeServer, campaign.NoticeDelivered, campaign.NoticeRead}, "the reports when all have expired, each once")
	e.that(len(e.absorb(at(time.Hour), at(time.Hour), 10, true).Notices) == 0, "expired reports that were absorbed are loaded again")
}

func inboxBounds(e *env) {
	_, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.accept(t0, a, "p1")
	order := []campaign.NoticeKind{campaign.NoticeRead, campaign.NoticeServer, campaign.NoticeDelivered, campaign.NoticeError, campaign.NoticeRead}
	for n, k := range order {
		e.stash(campaign.Notice{Tenant: acme, Instance: is[0], ProviderID: "p1", Kind: k, At: at(-time.Duration(n) * time.Minute), ArrivedAt: at(-time.Duration(n) * time.Minute)})
	}
	last := int64(0)
	for _, n := range e.absorb(t0, never, 10, false).Notices {
		e.that(n.Seq > last, "the Seqs of reports do not rise")
		last = n.Seq
	}
	e.equal(kinds(e.absorb(t0, never, 2, true)), order[:2], "the first two reports")
	e.equal(kinds(e.absorb(t0, never, 2, true)), order[2:4], "the next two")
	e.equal(kinds(e.absorb(t0, never, 2, true)), order[4:], "the last")
}

func inboxRolledBack(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	e.accept(t0, e.takeOne(t0), "p1")
	e.stash(campaign.Notice{Tenant: acme, Instance: is[0], ProviderID: "p1", Kind: campaign.NoticeRead, At: t0, ArrivedAt: t0})
	_, err := e.store.Absorb(e.ctx, t0, never, 10, func(r *campaign.Rows) {
		r.Absorbed = append(r.Absorbed, r.Notices[0].Seq)
		r.Settled = append(r.Settled, &campaign.Recipient{ID: campaign.RecipientID{Campaign: id, Position: 1}, State: campaign.Skipped, Generation: 1})
	})
	e.refuse(err, campaign.ErrConflict, "an Absorb that makes a sent message skipped")
	e.that(e.recipient(acme, id, 1).State == campaign.Sent, "a refused Absorb changed the recipient")
	e.that(len(e.absorb(t0, never, 10, true).Notices) == 1, "a refused Absorb deleted its report")
}

func inboxSightings(e *env) {
	_, is := e.running(acme, 1, 3, "a", "b")
	a := e.takeOne(t0)
	seen := func(i campaign.InstanceID, n int) (ids []string) {
		ns, err := e.store.Sightings(e.ctx, i, phone(n))
		e.need(err, "Sightings")
		for _, s := range ns {
			ids = append(ids, s.ProviderID)
		}
		return ids
	}
	e.that(len(seen(a.Instance, 1)) == 0, "there is a sighting before one was stashed")
	sight := campaign.Notice{Tenant: acme, Instance: a.Instance, ProviderID: "s1", Kind: campaign.NoticeSent, Phone: phone(1),
		Digest: campaign.TextDigest("Oi"), At: at(time.Second), ArrivedAt: at(2 * time.Second)}
	other := sight
	other.Phone, other.ProviderID = phone(2), "s2"
	elsewhere := sight
	elsewhere.Instance, elsewhere.ProviderID = is[0]+is[1]-a.Instance, "s3"
	read := sight
	read.Kind, read.ProviderID = campaign.NoticeRead, "s4"
	again := sight
	again.ProviderID = "s5"
	e.stash(sight, other, elsewhere, read, again)
	e.equal(seen(a.Instance, 1), []string{"s1", "s5"}, "the sightings of a phone at an instance, oldest first")
	ns, err := e.store.Sightings(e.ctx, a.Instance, phone(1))
	e.need(err, "Sightings")
	got := ns[0]
	got.Seq = 0
	e.equal(got, sight, "the sighting as read")
	e.accept(at(3*time.Second), a, "s1")
	e.equal(seen(a.Instance, 1), []string{"s5"}, "the sightings after an attempt has the first")
}

func inboxAddressee(e *env) {
	_, is := e.running(acme, 1, 4, "a", "b")
	a := e.takeOne(t0)
	other := is[0] + is[1] - a.Instance
	asks := func(t campaign.Tenant, i campaign.InstanceID, id string, until time.Time, want contact.Phone, pending bool, what string) {
		p, open, err := e.store.Addressee(e.ctx, t, i, id, until)
		e.need(err, "Addressee")
		e.that(p == want && open == pending, "%s: Addressee tells %q, pending %v, want %q, %v", what, p, open, want, pending)
	}
	asks(acme, a.Instance, "p1", at(time.Second), "", true, "an attempt in flight")
	asks(acme, a.Instance, "p1", at(-time.Second), "", false, "an attempt that was taken later")
	asks(acme, other, "p1", at(time.Second), "", false, "another number has nothing in flight")
	asks(beta, a.Instance, "p1", at(time.Second), "", false, "another tenant has nothing in flight")
	sight := campaign.Notice{Tenant: acme, Instance: a.Instance, ProviderID: "s1", Kind: campaign.NoticeSent, Phone: phone(3),
		Digest: campaign.TextDigest("Oi"), At: at(time.Second), ArrivedAt: at(time.Second)}
	read := sight
	read.Kind, read.ProviderID = campaign.NoticeRead, "s2"
	written := sight
	written.Kind, written.ProviderID = campaign.NoticeReply, "s3"
	nameless := sight
	nameless.ProviderID = ""
	e.stash(sight, read, written, nameless)
	asks(acme, a.Instance, "s1", at(-time.Second), phone(3), false, "a report of the send")
	asks(beta, a.Instance, "s1", at(-time.Second), "", false, "a report of another tenant's send")
	asks(acme, other, "s1", at(-time.Second), "", false, "a report of another number's send")
	asks(acme, a.Instance, "s2", at(-time.Second), "", false, "a report of a delivery")
	asks(acme, a.Instance, "s3", at(-time.Second), "", false, "what a person wrote")
	asks(acme, a.Instance, "", at(-time.Second), "", false, "no id")
	e.accept(at(2*time.Second), a, "p1")
	asks(acme, a.Instance, "p1", at(time.Hour), a.Phone, false, "an accepted message")
	asks(acme, a.Instance, "P1", at(time.Hour), "", false, "another spelling of the id")
	asks(acme, other, "p1", at(time.Hour), "", false, "the same id of another number")
	asks(beta, a.Instance, "p1", at(time.Hour), "", false, "the message for another tenant")
	asks(acme, a.Instance, "", at(time.Hour), "", false, "no id")
}
