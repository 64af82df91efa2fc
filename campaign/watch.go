package campaign

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"
)

// Progress tells how far a campaign has come, and when its next send is.
func (s *Service) Progress(ctx context.Context, id ID) (p Progress, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return p, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		c, err := r.Campaign(id)
		if err != nil {
			return err
		}
		p, err = s.progress(r, c)
		return err
	})
	return p, err
}

// progress is the progress of a campaign in one snapshot.
func (s *Service) progress(r Reader, c Campaign) (Progress, error) {
	b, err := r.Books(c.ID)
	if err != nil {
		return Progress{}, err
	}
	p := b.Progress(c)
	if c.Status != Active || p.Pending == 0 {
		return p, nil
	}
	all, err := s.prospects(r, c, b)
	if err != nil {
		return p, err
	}
	for _, v := range all {
		at, shut := v.opens(s.now())
		if at.IsZero() {
			if p.NextAt.IsZero() && p.Why.IsZero() {
				p.Why = shut.Why
			}
			continue
		}
		if p.NextAt.IsZero() || at.Before(p.NextAt) {
			p.NextAt, p.Why = at, shut.Why
		}
	}
	return p, nil
}

// prospects are the numbers of a campaign as the gates see them.
func (s *Service) prospects(r Reader, c Campaign, b Books) (all []prospect, err error) {
	cal, err := r.Calendar()
	if err != nil {
		return nil, err
	}
	rec := s.e.kitchen.recipe(c, cal)
	open, err := r.Flights(c.ID)
	if err != nil {
		return nil, err
	}
	used := make(map[InstanceID]int)
	for _, a := range open {
		if a.Phase == Flying {
			used[a.Instance]++
		}
	}
	numbers, err := r.Numbers()
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		id := n.Instance.ID
		if !slices.Contains(c.Instances, id) {
			continue
		}
		all = append(all, prospect{campaign: c, recipe: rec, instance: n.Instance, meter: n.Meter,
			free: used[id] < s.e.Slots, deadline: s.e.Timing.Deadline, queue: b.queue(c.Total, id, s.now(), n.Meter)})
	}
	return all, nil
}

// watchEvery bounds how long Watch stays silent about a change that was made
// in another process.
const watchEvery = time.Second

// watchRest is the least time between two looks of Watch: a campaign that
// bursts changes thousands of times a second.
const watchRest = 100 * time.Millisecond

// Watch yields the campaign's progress now and whenever it has changed, and
// ends after the campaign has ended. An error ends it too.
func (s *Service) Watch(ctx context.Context, id ID) iter.Seq2[Progress, error] {
	return func(yield func(Progress, error) bool) {
		var last Progress
		for first := true; ; first = false {
			pulse := s.e.pulse.next()
			p, err := s.Progress(ctx, id)
			if err != nil {
				yield(p, err)
				return
			}
			if first || !p.same(last) {
				if !yield(p, nil) {
					return
				}
				last = p
			}
			if p.Status.Terminal() && p.Sending == 0 {
				return
			}
			if rest(ctx, nil, watchRest) != nil || rest(ctx, pulse, watchEvery) != nil {
				yield(Progress{}, ctx.Err())
				return
			}
		}
	}
}

// rest waits for d, or less if something changes in this process. The error is
// that of ctx.
func rest(ctx context.Context, pulse <-chan struct{}, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-pulse:
	case <-t.C:
	}
	return nil
}

func (p Progress) same(q Progress) bool {
	a, b := p, q
	if !maps.Equal(a.SentOf, b.SentOf) || !maps.Equal(a.RespondedOf, b.RespondedOf) || a.Why.Code != b.Why.Code || !a.NextAt.Equal(b.NextAt) || !a.LastSentAt.Equal(b.LastSentAt) {
		return false
	}
	return a.Status == b.Status && a.Total == b.Total && a.Pending == b.Pending && a.Sending == b.Sending &&
		a.Unknown == b.Unknown && a.Sent == b.Sent && a.Delivered == b.Delivered && a.Read == b.Read &&
		a.Responded == b.Responded && a.Failed == b.Failed && a.Skipped == b.Skipped && a.Cancelled == b.Cancelled &&
		a.Waiting == b.Waiting
}

// Events lists events, oldest first.
func (s *Service) Events(ctx context.Context, q EventQuery) (es []Event, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		es, err = r.Events(q)
		return err
	})
	return es, err
}

// Follow yields the tenant's events after a Seq, in order and each at least
// once, and waits for more until ctx ends. The last Seq seen continues it
// after a restart.
func (s *Service) Follow(ctx context.Context, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			pulse := s.e.pulse.next()
			es, err := s.Events(ctx, EventQuery{After: after, Limit: 1000})
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range es {
				if !yield(e, nil) {
					return
				}
				after = e.Seq
			}
			if len(es) > 0 {
				continue
			}
			if rest(ctx, pulse, watchEvery) != nil {
				return
			}
		}
	}
}

// Recipient returns one recipient.
func (s *Service) Recipient(ctx context.Context, id RecipientID) (rc Recipient, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return rc, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		rc, err = r.Recipient(id)
		return err
	})
	return rc, err
}

// Recipients lists a page of recipients by rising position.
func (s *Service) Recipients(ctx context.Context, q RecipientQuery) (rs []Recipient, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		if _, err := r.Campaign(q.Campaign); err != nil {
			return err
		}
		rs, err = r.Recipients(q)
		return err
	})
	return rs, err
}

// Audience yields all recipients of a campaign in the given states (all if
// none is named), page by page, so that a long read holds no snapshot open.
func (s *Service) Audience(ctx context.Context, id ID, states ...State) iter.Seq2[Recipient, error] {
	return func(yield func(Recipient, error) bool) {
		q := RecipientQuery{Campaign: id, States: states, Limit: 1000}
		for {
			page, err := s.Recipients(ctx, q)
			if err != nil {
				yield(Recipient{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
				q.After = r.ID.Position
			}
			if len(page) < q.Limit {
				return
			}
		}
	}
}
