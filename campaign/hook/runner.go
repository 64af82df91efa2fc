package hook

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

const (
	// pageOf is how many events are read at a time.
	pageOf = 200
	// skipped is how many events that are not wanted are passed over before
	// that is written down.
	skipped = 1000
	// mostLate is how many events of an endpoint may wait for another try. More
	// stay where they are, in the log.
	mostLate = 100
	// hurried is how many tries an event may have behind it to be tried at once
	// when its endpoint recovers: one that has failed more often has a fault of
	// its own.
	hurried = 3
)

// runner delivers to one endpoint.
type runner struct {
	h      *Hooks
	id     string
	tenant campaign.Tenant
	log    *campaign.Service
	wake   chan struct{}

	doc   document.Document // of the state, as it is stored; Rev 0 before it was read
	st    state
	saved int64            // After as it is stored
	queue []campaign.Event // read and not dealt with
}

// errGone: the endpoint was removed.
var errGone = errors.New("hook: the webhook was removed")

func (r *runner) run(ctx context.Context) {
	for ctx.Err() == nil {
		next, err := r.turn(ctx)
		switch {
		case errors.Is(err, errGone):
			return
		case err != nil && ctx.Err() == nil:
			r.h.o.Logger.Warn("a webhook cannot be served, will try again", "webhook", r.id, "error", err.Error())
			next = r.h.now().Add(lookEvery)
		}
		// Another process may change the settings meanwhile.
		if d := min(next.Sub(r.h.now()), lookEvery); d > 0 {
			rest(ctx, r.wake, d)
		}
	}
}

// job is an event to be delivered now.
type job struct {
	event campaign.Event
	late
}

// turn delivers what is due, once, and returns when to look again.
func (r *runner) turn(ctx context.Context) (next time.Time, err error) {
	doc, set, err := r.settings(ctx)
	if err != nil {
		return next, err
	}
	now := r.h.now()
	if doc.Rev != r.st.Settings {
		r.renew(doc.Rev, now)
	}
	switch {
	case set.Disabled:
		return now.Add(lookEvery), nil
	case now.Before(r.st.NextAt):
		return r.st.NextAt, nil
	}
	jobs, err := r.pick(ctx, set.settings(), now)
	if err != nil {
		return next, err
	}
	if len(jobs) == 0 {
		if r.st.After >= r.saved+skipped {
			err = r.save(ctx)
		}
		return r.idle(now), err
	}
	answers := r.deliver(ctx, doc, set, jobs)
	now = r.h.now()
	if why := r.note(ctx, jobs, answers, now); !why.IsZero() {
		if err := r.disable(ctx, why, now); err != nil {
			return next, err
		}
	}
	return now, r.save(ctx)
}

// settings reads the endpoint, and its state if it is not known.
func (r *runner) settings(ctx context.Context) (document.Document, record, error) {
	doc, set, err := r.h.read(ctx, r.tenant, r.id)
	if err == nil && r.doc.Rev == 0 {
		r.st, r.queue = state{}, nil
		if r.doc, err = r.h.store.Get(ctx, "", kindState, r.id); err == nil {
			err = decode(r.doc, &r.st)
			r.saved = r.st.After
		} else {
			err = missing(err)
		}
	}
	if errors.Is(err, campaign.ErrNotFound) {
		err = errGone
	}
	return doc, set, err
}

// renew forgets failures: somebody has changed the settings.
func (r *runner) renew(rev int64, now time.Time) {
	r.queue, r.st.Settings = nil, rev
	r.st.Fails, r.st.Since, r.st.NextAt = 0, time.Time{}, time.Time{}
	for i := range r.st.Late {
		r.st.Late[i].At = now
	}
}

// idle is when something may be due.
func (r *runner) idle(now time.Time) time.Time {
	next := now.Add(r.h.o.Tick)
	if len(r.st.Late) >= mostLate || r.st.Fails > 0 {
		next = now.Add(lookEvery)
	}
	for _, l := range r.st.Late {
		if l.At.Before(next) {
			next = l.At
		}
	}
	return next
}

// pick chooses what is delivered now: what has failed and is due, then what is
// new. An endpoint that fails is probed with one event, a new one first, since
// one that has failed may be what it stumbles over.
func (r *runner) pick(ctx context.Context, set Settings, now time.Time) (jobs []job, err error) {
	room := min(r.h.o.Parallel, mostLate-len(r.st.Late))
	if r.st.Fails > 0 {
		if jobs, err = r.fresh(ctx, set, min(room, 1), now); err != nil || len(jobs) > 0 {
			return jobs, err
		}
		return r.due(ctx, 1, now)
	}
	if jobs, err = r.due(ctx, r.h.o.Parallel, now); err != nil {
		return nil, err
	}
	more, err := r.fresh(ctx, set, min(room, r.h.o.Parallel-len(jobs)), now)
	return append(jobs, more...), err
}

// due are up to n events that have failed before and are due, those with the
// fewest tries first.
func (r *runner) due(ctx context.Context, n int, now time.Time) (jobs []job, err error) {
	ready := slices.DeleteFunc(slices.Clone(r.st.Late), func(l late) bool { return now.Before(l.At) })
	slices.SortStableFunc(ready, func(a, b late) int { return a.Tries - b.Tries })
	for _, l := range ready[:min(n, len(ready))] {
		es, err := r.log.Events(ctx, campaign.EventQuery{After: l.Seq - 1, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(es) == 0 || es[0].Seq != l.Seq {
			r.h.o.Logger.Error("an event that a webhook waits for is not in the log any more", "webhook", r.id, "event", l.Seq)
			r.forget(l.Seq)
			continue
		}
		jobs = append(jobs, job{es[0], l})
	}
	return jobs, nil
}

// fresh are up to n new events that are wanted. The cursor moves behind them:
// those that fail are then late.
func (r *runner) fresh(ctx context.Context, set Settings, n int, now time.Time) (jobs []job, err error) {
	for len(jobs) < n {
		if len(r.queue) == 0 {
			if r.st.After >= r.saved+skipped && len(jobs) > 0 {
				return jobs, nil
			}
			if r.queue, err = r.log.Events(ctx, campaign.EventQuery{After: r.st.After, Limit: pageOf}); err != nil {
				if len(jobs) > 0 {
					err = nil // they are delivered first
				}
				return jobs, err
			}
			if len(r.queue) == 0 {
				return jobs, nil
			}
		}
		e := r.queue[0]
		r.queue, r.st.After = r.queue[1:], e.Seq
		if set.wants(e.Type) {
			jobs = append(jobs, job{e, late{Seq: e.Seq, First: now}})
		}
	}
	return jobs, nil
}

// deliver makes one try of each job, all at the same time.
func (r *runner) deliver(ctx context.Context, doc document.Document, set record, jobs []job) []answer {
	answers := make([]answer, len(jobs))
	keys, err := r.h.secrets(doc, set, r.h.now())
	var all sync.WaitGroup
	for i, j := range jobs {
		if err != nil {
			answers[i] = answer{why: campaign.Because(CodeSecret)}
			continue
		}
		all.Go(func() { answers[i] = r.h.post(ctx, set.URL, keys, messageID(r.id, j.Seq), bodyOf(j.event)) })
	}
	all.Wait()
	return answers
}

// save writes the state. If another process has written it, its state is read
// at the next turn, and what was delivered in this one is delivered again.
func (r *runner) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	d := r.doc
	d.Data = encode(r.st)
	d, err := document.Save(ctx, r.h.store, d)
	switch {
	case errors.Is(err, document.ErrNotFound):
		return errGone
	case err != nil:
		r.doc = document.Document{}
		return err
	}
	r.doc, r.saved = d, r.st.After
	return nil
}

// disable switches the endpoint off and says so in the log. What somebody has
// changed meanwhile stands.
func (r *runner) disable(ctx context.Context, why campaign.Reason, now time.Time) error {
	_, err := document.Update(context.WithoutCancel(ctx), r.h.store, string(r.tenant), kindEndpoint, r.id, func(d *document.Document) error {
		var set record
		if err := decode(*d, &set); err != nil {
			return err
		}
		if d.Rev != r.st.Settings || set.Disabled {
			return errChanged
		}
		set.Disabled, set.DisabledAt, set.Why = true, now, why
		d.Data = encode(set)
		return nil
	})
	switch {
	case errors.Is(err, errChanged):
		return nil
	case errors.Is(err, document.ErrNotFound):
		return errGone
	case err != nil:
		return err
	}
	r.h.record(ctx, r.tenant, "", campaign.EventWebhookDisabled, why)
	return nil
}

// errChanged: somebody has changed the settings, and may know better.
var errChanged = errors.New("hook: the settings are others by now")
