package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// ledger runs one transaction of the ledger: load, decide, save.
func (s *Store) ledger(ctx context.Context, now time.Time, decide func(*campaign.Rows), load func(*tx, *campaign.Rows)) (*campaign.Rows, error) {
	var r *campaign.Rows
	err := s.write(ctx, func(t *tx) error {
		r = &campaign.Rows{
			Now:     now,
			Jobs:    make(map[campaign.ID]*campaign.Job),
			Numbers: make(map[campaign.InstanceID]*campaign.Number),
			Open:    make(map[campaign.AttemptID]*campaign.Attempt),
			Ended:   make(map[campaign.AttemptID]campaign.Closed),
			People:  make(map[campaign.RecipientID]*campaign.Recipient),
			Claimed: make(map[campaign.ProviderKey]campaign.AttemptID),
			Waits:   make(map[campaign.RecipientID]campaign.Waiting),
		}
		load(t, r)
		decide(r)
		return t.save(r)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (t *tx) loadJob(r *campaign.Rows, b *book) *campaign.Job {
	id := b.campaign.ID
	j := r.Jobs[id]
	if j == nil {
		j = &campaign.Job{Campaign: cloneCampaign(b.campaign), Calendar: b.tenant.calendar.Clone(),
			Cursor: b.cursor.Clone(), Tally: b.tally.Clone()}
		r.Jobs[id] = j
	}
	return j
}

func (t *tx) loadNumber(r *campaign.Rows, n *number) *campaign.Number {
	id := n.instance.ID
	c := r.Numbers[id]
	if c == nil {
		c = n.copy()
		r.Numbers[id] = c
	}
	return c
}

func (t *tx) loadPerson(r *campaign.Rows, b *book, position int64) {
	p := b.recipient(position)
	if r.People[p.ID] != nil {
		return
	}
	r.People[p.ID] = &p
	if w := b.waiting[position]; w != nil {
		r.Waits[p.ID] = w.row(b.campaign.ID, position)
	}
}

func (t *tx) loadOpen(r *campaign.Rows, f *flight) {
	a := f.copy()
	r.Open[a.ID] = &a
	t.loadJob(r, f.book)
	t.loadNumber(r, f.num)
	t.loadPerson(r, f.book, f.Recipient.Position)
}

func (t *tx) loadEnded(r *campaign.Rows, l *logged) {
	r.Ended[l.row.Attempt] = l.copy()
	if n := t.instances[l.row.Instance]; n != nil {
		t.loadNumber(r, n)
	}
	if b := t.campaigns[l.row.Recipient.Campaign]; b != nil { // else it was deleted since
		t.loadJob(r, b)
		t.loadPerson(r, b, l.row.Recipient.Position)
	}
}

// Take implements campaign.Ledger.
func (s *Store) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, q.Now, plan, func(t *tx, r *campaign.Rows) {
		free := make(map[campaign.ID]int)
		var jobs []*book
		left := q.Max
		for id, at := range t.due.First {
			if left <= 0 || at.After(q.Now) {
				break
			}
			n := t.instances[id]
			b := t.campaigns[n.serves]
			turn := &campaign.Turn{Number: t.loadNumber(r, n)}
			for slot := range q.Slots {
				if n.slots[slot] == nil {
					turn.Free = append(turn.Free, slot)
				}
			}
			left -= len(turn.Free)
			if r.Jobs[b.campaign.ID] == nil {
				jobs = append(jobs, b)
			}
			turn.Job = t.loadJob(r, b)
			free[b.campaign.ID] += len(turn.Free)
			r.Turns = append(r.Turns, turn)
		}
		open, ahead := make(map[campaign.ID]bool), make(map[campaign.ID]int)
		for _, b := range jobs {
			id := b.campaign.ID
			ahead[id] = campaign.Candidates(min(free[id], q.Max))
		}
		for _, turn := range r.Turns {
			id := turn.Number.Serves
			if _, shut := turn.Number.Meter.Cold.Shut(q.Now); shut {
				ahead[id] = campaign.CandidatesAhead(min(free[id], q.Max))
				t.loadLane(turn, t.campaigns[id], q, campaign.Candidates(min(len(turn.Free), q.Max)))
			} else {
				open[id] = true
			}
		}
		for _, b := range jobs {
			id := b.campaign.ID
			if open[id] {
				t.loadDue(r.Jobs[id], b, q, campaign.Candidates(min(free[id], q.Max)))
			}
			t.loadAhead(r.Jobs[id], b, q, ahead[id])
		}
		t.loadKnown(r)
	})
}

func (t *tx) candidate(b *book, q campaign.TakeQuery, position int64, w *wait) campaign.Candidate {
	c := campaign.Candidate{Recipient: b.recipient(position), Waiting: w != nil}
	if w != nil {
		c.Recipient.Tries, c.Recipient.Generation = w.tries, w.generation
		c.Recipient.Due, c.Recipient.Why = w.due, reasonOf(w.why)
	}
	phone := c.Recipient.Contact.Phone
	c.Busy = t.phones[phone] != nil
	if q.Keys != nil {
		for _, k := range q.Keys(b.tenant.name, phone) {
			_, out := b.tenant.keys[k]
			c.Suppressed = c.Suppressed || out
		}
	}
	return c
}

// loadDue loads up to want recipients whose time has come, and loadAhead the next
// ones of the audience, until there are so many.
func (t *tx) loadDue(j *campaign.Job, b *book, q campaign.TakeQuery, want int) {
	for position, due := range b.queue.First {
		if due.After(q.Now) || len(j.Due) == want {
			j.NextDue = due
			break
		}
		j.Due = append(j.Due, t.candidate(b, q, position, b.waiting[position]))
	}
}

func (t *tx) loadAhead(j *campaign.Job, b *book, q campaign.TakeQuery, want int) {
	for p := b.cursor.Position + 1; p <= b.campaign.Total && len(j.Due)+len(j.Ahead) < want; p++ {
		j.Ahead = append(j.Ahead, t.candidate(b, q, p, nil))
	}
}

// Settle implements campaign.Ledger.
func (s *Store) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, now, apply, func(t *tx, r *campaign.Rows) {
		for _, st := range ss {
			var instance campaign.InstanceID
			if f := t.open[st.Attempt]; f != nil {
				t.loadOpen(r, f)
				instance = f.Instance
			} else if l := t.ended[st.Attempt]; l != nil {
				t.loadEnded(r, l)
				instance = l.row.Instance
			} else {
				continue
			}
			if st.Accepted.ProviderID == "" {
				continue
			}
			key := campaign.ProviderKey{Instance: instance, ID: st.Accepted.ProviderID}
			if l := t.providers[key]; l != nil {
				r.Claimed[key] = l.row.Attempt
			}
		}
	})
}

// Sweep implements campaign.Ledger. A daemon that never beat is dead.
func (s *Store) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, q.Now, apply, func(t *tx, r *campaign.Rows) {
		full := func() bool { return len(r.Open) >= q.Max }
		for id, at := range t.sweeps.First {
			if full() || at.After(q.Now) {
				break
			}
			t.loadOpen(r, t.open[id])
		}
		for _, f := range t.abandoned(q) {
			if full() {
				break
			}
			t.loadOpen(r, f)
		}
		for id, at := range t.quarantines.First {
			if full() || at.After(q.Now) {
				break
			}
			t.loadOpen(r, t.open[id])
		}
	})
}

// abandoned lists the attempts in flight whose process is gone, oldest first.
func (t *tx) abandoned(q campaign.SweepQuery) (fs []*flight) {
	for daemon, crew := range t.crews {
		if !t.daemons[daemon].BeatAt.Before(q.DeadBefore) {
			continue
		}
		for _, f := range crew {
			if !q.Now.Before(f.StartBy.Add(q.Grace)) {
				fs = append(fs, f)
			}
		}
	}
	slices.SortFunc(fs, func(a, b *flight) int { return cmp.Compare(a.seq, b.seq) })
	return fs
}

// Agenda implements campaign.Ledger. A scheduled campaign that was never given
// an instant is among the starts at once, and no reason to wake up.
func (s *Store) Agenda(ctx context.Context, now time.Time, max int) (campaign.Agenda, error) {
	var a campaign.Agenda
	err := s.read(ctx, func() error {
		for id, at := range s.starts.First {
			if at.After(now) || len(a.Starts) >= max {
				break
			}
			a.Starts = append(a.Starts, campaign.Ref{Tenant: s.campaigns[id].tenant.name, ID: id})
		}
		for id, at := range s.looks.First {
			if at.After(now) || len(a.Inquiries) >= max {
				break
			}
			a.Inquiries = append(a.Inquiries, s.open[id].copy())
		}
		a.Notices = min(s.inbox.matched.Len(), max)
		a.LastSeq = int64(s.events.Len())
		next := func(at time.Time, ok bool) {
			if ok && at.IsZero() {
				at = now // an instance that was never looked at
			}
			if ok && (a.Next.IsZero() || at.Before(a.Next)) {
				a.Next = at.UTC()
			}
		}
		next(s.due.Min())
		next(s.sweeps.Min())
		next(s.quarantines.Min())
		next(s.looks.Min())
		for _, at := range s.starts.First {
			if !at.IsZero() {
				next(at, true)
				break
			}
		}
		return nil
	})
	return a, err
}

// Daemons implements campaign.Store.
func (s *Store) Daemons(ctx context.Context, since time.Time) (all []campaign.Daemon, err error) {
	err = s.read(ctx, func() error {
		for _, d := range s.daemons {
			if !d.BeatAt.Before(since) {
				all = append(all, d)
			}
		}
		slices.SortFunc(all, func(a, b campaign.Daemon) int { return cmp.Compare(a.Name, b.Name) })
		return nil
	})
	return all, err
}

// Beat implements campaign.Ledger.
func (s *Store) Beat(ctx context.Context, d campaign.Daemon) error {
	return s.write(ctx, func(t *tx) error {
		if len(t.daemons) > 0 && d.Deadline != t.deadline {
			return conflict("daemon %s has the deadline %s, this store's is %s: give all daemons the same", d.Name, d.Deadline, t.deadline)
		}
		t.deadline = d.Deadline
		d.StartedAt, d.BeatAt = d.StartedAt.UTC(), d.BeatAt.UTC()
		put(t, t.daemons, d.Name, d)
		for name, other := range t.daemons {
			if other.BeatAt.Before(d.BeatAt.Add(-campaign.DaemonsKept)) {
				drop(t, t.daemons, name)
			}
		}
		return nil
	})
}
