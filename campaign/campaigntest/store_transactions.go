package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

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
		w.Suppress(t0, campaign.OutByOperator, key(1)), w.Restore(key(9)),
		w.Record(campaign.Event{At: t0, Type: campaign.EventCampaignEdited, Campaign: id}),
	)
}

// untouched checks that writeEverything, and whatever else was tried, left
// nothing behind.
func untouched(e *env, try func(f func(campaign.Writer) error)) {
	id, is := e.running(acme, 1, 3, "i1")
	e.update(acme, func(w campaign.Writer) error { return w.Suppress(t0, campaign.OutByOperator, key(9)) })
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
	refused("Suppress", func() error { return w.Suppress(t0, campaign.OutByOperator, key(1)) })
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
