package campaigntest

import (
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func personRules() []rule[*env] {
	return []rule[*env]{
		{"person/places", "who asks what is held about them is told of every campaign, and of nobody else", personPlaces},
		{"person/erase", "who asks to be erased is in no row any more, and the counts stay true", personErased},
		{"person/never taken", "nothing is sent to a person who was erased, whatever was read before", personNeverTaken},
		{"person/may go out", "a message that may still go out is not parted from whom it goes to", personBusy},
		{"person/rolled back", "an erasure that did not happen has changed nothing", personRolledBack},
		{"person/stranger", "to erase somebody whom nobody knows changes nothing", personStranger},
	}
}

// person is the first person of the tests, in five campaigns of acme and one of
// beta.
type person struct {
	sent, waits, lost, ahead, gone, theirs campaign.ID
	// is are the instances of the first four.
	is []campaign.InstanceID
	// attempt is the lost one, deleted one of the campaign that is gone.
	attempt, deleted *campaign.Attempt
	contact, other   contact.Contact
	group            contact.Group
}

// later is when no message can go out any more, and far is later still.
var later, far = at(48 * time.Hour), at(1000 * time.Hour)

// personEverywhere makes the first person known in every way, beside others.
func personEverywhere(e *env) (p person) {
	e.Helper()
	run := func(t campaign.Tenant, name string, ready func(*campaign.Attempt)) campaign.ID {
		e.Helper()
		id, is := e.running(t, 1, 3, name)
		p.is = append(p.is, is[0])
		if ready != nil {
			ready(e.takeOne(t0))
		}
		e.wake(t, is[0], far)
		return id
	}
	p.theirs = run(beta, "theirs", func(a *campaign.Attempt) { e.accept(t0, a, "theirs") })
	p.gone = run(acme, "gone", func(a *campaign.Attempt) { e.accept(t0, a, "gone"); p.deleted = a })
	p.is = nil
	p.sent = run(acme, "sent", func(a *campaign.Attempt) { e.accept(t0, a, "sent") })
	p.waits = run(acme, "waits", func(a *campaign.Attempt) { e.retry(t0, a, at(time.Hour)) })
	p.lost = run(acme, "lost", func(a *campaign.Attempt) { e.lose(t0, a, at(time.Hour)); p.attempt = a })
	p.ahead = run(acme, "ahead", nil)
	e.update(acme, func(w campaign.Writer) error { return w.DeleteCampaign(p.gone) })

	book := e.store.Tenant(acme).Contacts()
	var err error
	c := people(1, 1)[0]
	c.Tags, c.Vars, c.Active = []string{"vip"}, map[string]string{"cidade": "Belém"}, true
	p.contact, err = book.CreateContact(e.ctx, t0, c)
	e.need(err, "CreateContact")
	p.other, err = book.CreateContact(e.ctx, t0, people(2, 2)[0])
	e.need(err, "CreateContact")
	_, err = e.store.Tenant(beta).Contacts().CreateContact(e.ctx, t0, c)
	e.need(err, "CreateContact")
	p.group, err = book.CreateGroup(e.ctx, t0, contact.Group{Name: "todos"})
	e.need(err, "CreateGroup")
	_, err = book.AddMembers(e.ctx, t0, p.group.ID, []int64{p.contact.ID, p.other.ID})
	e.need(err, "AddMembers")

	note := func(t campaign.Tenant, i campaign.InstanceID, k campaign.NoticeKind, n int) campaign.Notice {
		return campaign.Notice{Tenant: t, Instance: i, ProviderID: string(t) + string(k) + string(phone(n)), Kind: k, Phone: phone(n), At: at(time.Minute), ArrivedAt: at(time.Minute)}
	}
	e.stash(note(acme, p.is[0], campaign.NoticeReply, 1), note(acme, p.is[2], campaign.NoticeSent, 1),
		note(acme, p.is[2], campaign.NoticeSent, 2), note(beta, p.is[0], campaign.NoticeReply, 1))
	return p
}

// of lists a campaign's people as they are shown.
func (e *env) of(t campaign.Tenant, id campaign.ID) (rs []campaign.Recipient) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		rs, err = r.Recipients(campaign.RecipientQuery{Campaign: id})
		e.need(err, "Recipients")
	})
	return rs
}

func (e *env) places(t campaign.Tenant, n int) (ids []campaign.RecipientID) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		ids, err = r.Places(phone(n))
		e.need(err, "Places")
	})
	return ids
}

func (e *env) erase(now time.Time, n int) (out campaign.Erasure) {
	e.Helper()
	e.update(acme, func(w campaign.Writer) (err error) {
		out, err = w.Erase(now, phone(n))
		return err
	})
	return out
}

func personPlaces(e *env) {
	a := e.create(acme, "a", campaign.Drafted)
	b := e.create(acme, "b", campaign.Drafted)
	e.enlist(acme, b, people(1, 4))
	e.enlist(acme, a, people(3, 5))
	e.enlist(beta, e.create(beta, "theirs", campaign.Drafted), people(1, 9))
	e.equal(e.places(acme, 3), []campaign.RecipientID{{Campaign: a, Position: 1}, {Campaign: b, Position: 3}}, "where the third person is")
	e.equal(e.places(acme, 5), []campaign.RecipientID{{Campaign: a, Position: 3}}, "where the fifth person is")
	e.equal(e.places(acme, 9), []campaign.RecipientID(nil), "where somebody of another tenant is")
	e.update(acme, func(w campaign.Writer) error { return w.DeleteCampaign(a) })
	e.equal(e.places(acme, 3), []campaign.RecipientID{{Campaign: b, Position: 3}}, "where the third person is after a campaign was deleted")
}

func personErased(e *env) {
	p := personEverywhere(e)
	ids := []campaign.ID{p.sent, p.waits, p.lost, p.ahead}
	want, books := map[campaign.ID][]campaign.Recipient{}, map[campaign.ID]campaign.Books{}
	for _, id := range ids {
		want[id], books[id] = e.of(acme, id), e.books(acme, id)
		want[id][0].Contact = contact.Contact{Phone: campaign.ErasedPhone(want[id][0].ID)}
	}
	theirs, log, past := e.of(beta, p.theirs), e.events(acme, campaign.EventQuery{}), e.history(acme, p.sent, 1)

	out := e.erase(later, 1)
	e.equal(out, campaign.Erasure{Contact: true, Recipients: 4, Attempts: 4, Notices: 2}, "what an erasure tells")
	for _, id := range ids {
		e.equal(e.of(acme, id), want[id], "the people of a campaign after one was erased: all but who it was stays")
		e.equal(e.books(acme, id), books[id], "the books after somebody was erased")
	}
	past[0].Phone = ""
	e.equal(e.history(acme, p.sent, 1), past, "what was sent to a person who was erased")
	open := e.flights(acme, p.lost)
	e.that(len(open) == 1, "a lost attempt to a person who was erased is not open any more")
	was := *p.attempt
	was.Phone, was.Text, was.Held, was.LookAt = campaign.ErasedPhone(was.Recipient), "", false, time.Time{}
	was.Phase, was.Why = open[0].Phase, open[0].Why
	e.equal(open[0], was, "a lost attempt to a person who was erased")
	_, err := e.store.Settle(e.ctx, later, []campaign.Settlement{{Attempt: p.deleted.ID}}, func(r *campaign.Rows) {
		e.that(r.Ended[p.deleted.ID].Attempt == p.deleted.ID && r.Ended[p.deleted.ID].Phone == "",
			"the log of a deleted campaign keeps the phone of a person who was erased")
	})
	e.need(err, "Settle")
	e.equal(e.events(acme, campaign.EventQuery{}), log, "the log of events")

	book := e.store.Tenant(acme).Contacts()
	_, err = book.ContactByPhone(e.ctx, phone(1))
	e.refuse(err, contact.ErrNotFound, "ContactByPhone of a person who was erased")
	_, err = book.Contact(e.ctx, p.contact.ID)
	e.refuse(err, contact.ErrNotFound, "Contact of a person who was erased")
	got, err := book.Contact(e.ctx, p.other.ID)
	e.need(err, "Contact")
	e.equal(got, p.other, "another contact")
	g, err := book.Group(e.ctx, p.group.ID)
	e.need(err, "Group")
	e.that(g.Size == 1, "the group of a person who was erased has the size %d, want 1", g.Size)
	tags, err := book.Tags(e.ctx)
	e.need(err, "Tags")
	e.that(len(tags) == 0, "the tags of a person who was erased are counted: %v", tags)

	seen, err := e.store.Sightings(e.ctx, p.is[2], phone(1))
	e.need(err, "Sightings")
	e.that(len(seen) == 0, "a report about a person who was erased is kept")
	seen, err = e.store.Sightings(e.ctx, p.is[2], phone(2))
	e.need(err, "Sightings")
	e.that(len(seen) == 1, "a report about somebody else is gone")

	e.equal(e.of(beta, p.theirs), theirs, "the people of another tenant")
	_, err = e.store.Tenant(beta).Contacts().ContactByPhone(e.ctx, phone(1))
	e.need(err, "ContactByPhone of another tenant's contact")
	r := e.absorb(later, never, 10, false)
	e.that(len(r.Notices) == 1 && r.Notices[0].Tenant == beta, "what the person wrote to acme is matched, or what was written to beta is not")

	e.that(len(e.places(acme, 1)) == 0, "a person who was erased is still found")
	e.equal(e.erase(later, 1), campaign.Erasure{}, "what a second erasure tells")
	e.equal(e.enlist(acme, p.ahead, people(1, 1)), []bool{true}, "whether somebody who was erased can be added anew")
}

func personNeverTaken(e *env) {
	p := personEverywhere(e)
	// Whatever a store keeps of those ahead, and of those just passed, it keeps
	// from now on.
	e.wake(acme, p.is[1], later)
	e.wake(acme, p.is[3], later)
	load := func() (people []campaign.Candidate) {
		for _, t := range e.look(query(later, 10, 1)).Turns {
			people = append(append(people, t.Job.Due...), t.Job.Ahead...)
		}
		return people
	}
	e.that(len(load()) == 6, "a take does not load who waits and who is ahead")
	e.erase(later, 1)
	nobody := 0
	for _, c := range load() {
		e.that(c.Recipient.Contact.Phone != phone(1) && c.Recipient.Contact.Name != "Pessoa 1", "a take loads a person who was erased")
		if campaign.Erased(c.Recipient.Contact.Phone) {
			nobody++
			e.equal(c.Recipient.Contact, contact.Contact{Phone: campaign.ErasedPhone(c.Recipient.ID)}, "who stands where a person was erased")
		}
	}
	e.that(nobody == 2, "a take loads %d places of people who were erased, want 2: one waits, one is ahead", nobody)
	_, err := e.store.Take(e.ctx, query(later, 10, 1), simple)
	e.refuse(err, campaign.ErrConflict, "a Take that begins an attempt for a person who was erased")
	_, err = e.settle(later, p.attempt.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		e.equal(r.People[a.Recipient].Contact, contact.Contact{Phone: campaign.ErasedPhone(a.Recipient)}, "the recipient of a lost attempt")
		e.that(a.Text == "", "a settlement loads the text of a message to a person who was erased")
	})
	e.need(err, "Settle")
}

func personBusy(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	refused := func(now time.Time, doing string) {
		e.Helper()
		before := e.of(acme, id)
		err := e.try(acme, func(w campaign.Writer) error { _, err := w.Erase(now, phone(1)); return err })
		e.refuse(err, campaign.ErrConflict, doing)
		e.equal(e.of(acme, id), before, "the people after an erasure was refused")
		e.that(e.flights(acme, id)[0].Phone == phone(1), "an erasure that was refused has taken a phone away")
	}
	refused(far, "erasing a person to whom a message is in flight")
	e.lose(t0, a, time.Time{})
	refused(a.Quarantine.Add(-time.Millisecond), "erasing a person while the gateway may carry out a lost send")
	e.erase(a.Quarantine, 1)
	e.that(e.flights(acme, id)[0].Text == "", "the text of a lost send is kept")
	// The phone is free for another tenant, and the slot for the next person.
	e.wake(acme, is[0], later)
	e.running(beta, 1, 1, "theirs")
	e.that(len(e.take(later).Begin) == 2, "an erasure keeps a phone from others, or the next person from a number")
}

func personRolledBack(e *env) {
	p := personEverywhere(e)
	ids := []campaign.ID{p.sent, p.waits, p.lost, p.ahead}
	var before []campaign.Recipient
	for _, id := range ids {
		before = append(before, e.of(acme, id)...)
	}
	open, past := e.flights(acme, p.lost), e.history(acme, p.sent, 1)
	boom := errors.New("boom")
	err := e.try(acme, func(w campaign.Writer) error {
		if _, err := w.Erase(later, phone(1)); err != nil {
			return err
		}
		got, err := w.Recipient(campaign.RecipientID{Campaign: p.sent, Position: 1})
		e.need(err, "Recipient")
		e.that(campaign.Erased(got.Contact.Phone), "an Update does not read that it has erased somebody")
		return boom
	})
	e.refuse(err, boom, "an Update whose function returned an error")
	var after []campaign.Recipient
	for _, id := range ids {
		after = append(after, e.of(acme, id)...)
	}
	e.equal(after, before, "the people")
	e.equal(e.flights(acme, p.lost), open, "the open attempts")
	e.equal(e.history(acme, p.sent, 1), past, "the closed attempts")
	e.that(len(e.places(acme, 1)) == 4, "an erasure that was rolled back hides a person")
	got, err := e.store.Tenant(acme).Contacts().ContactByPhone(e.ctx, phone(1))
	e.need(err, "ContactByPhone")
	e.equal(got, p.contact, "the contact")
	seen, err := e.store.Sightings(e.ctx, p.is[2], phone(1))
	e.need(err, "Sightings")
	e.that(len(seen) == 1, "an erasure that was rolled back has removed a report")
	e.that(len(e.absorb(at(2*time.Minute), never, 10, false).Notices) == 1, "an erasure that was rolled back lets a reply go that waits for a send")
	e.equal(e.erase(later, 1), campaign.Erasure{Contact: true, Recipients: 4, Attempts: 4, Notices: 2}, "what the same erasure tells, made again")
}

func personStranger(e *env) {
	id, _ := e.running(acme, 1, 3, "a")
	before := e.of(acme, id)
	e.enlist(beta, e.create(beta, "theirs", campaign.Drafted), people(9, 9))
	e.equal(e.erase(later, 9), campaign.Erasure{}, "what the erasure of another tenant's person tells")
	e.update(acme, func(w campaign.Writer) error {
		out, err := w.Erase(later, "")
		e.equal(out, campaign.Erasure{}, "what the erasure of no phone tells")
		return err
	})
	e.equal(e.of(acme, id), before, "the people")
	e.that(len(e.places(beta, 9)) == 1, "an erasure has reached another tenant")
}
