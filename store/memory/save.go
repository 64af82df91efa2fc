package memory

import (
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// save writes what the domain decided, in the order in which Rows lists it.
// Every rule of the rows that it checks is one that a correct domain never
// breaks; a broken one undoes the whole transaction.
func (t *tx) save(r *campaign.Rows) error {
	t.clash(r)
	for _, step := range []func(*campaign.Rows) error{
		t.saveJobs, t.saveUnwait, t.saveBegin, t.saveChanged, t.saveClose, t.saveAmended,
		t.saveWait, t.saveSettled, t.saveWarmed, t.saveNotices, t.saveEvents, t.saveNumbers,
	} {
		if err := step(r); err != nil {
			return err
		}
	}
	for id, j := range r.Jobs {
		b := t.campaigns[id]
		if j.Cursor.Position == j.Campaign.Total && len(b.waiting) == 0 && b.flying == 0 {
			r.Drained = append(r.Drained, campaign.Ref{Tenant: b.tenant.name, ID: id})
		}
	}
	slices.SortFunc(r.Drained, func(a, b campaign.Ref) int { return int(a.ID - b.ID) })
	return nil
}

// clash takes back the new attempts whose phone is held already.
func (t *tx) clash(r *campaign.Rows) {
	if len(r.Begin) == 0 {
		return
	}
	seized := make(map[string]bool, len(r.Begin))
	for _, a := range slices.Clone(r.Begin) {
		if t.phones[a.Phone] != nil || seized[string(a.Phone)] {
			r.Clash(a)
			continue
		}
		seized[string(a.Phone)] = true
	}
}

func (t *tx) saveJobs(r *campaign.Rows) error {
	for id, j := range r.Jobs {
		b := t.campaigns[id]
		if b == nil {
			return conflict("campaign %s was not loaded", id)
		}
		if j.Cursor.Position < b.cursor.Position || j.Cursor.Position > b.campaign.Total {
			return conflict("the cursor of %s cannot go from %d to %d of %d", id, b.cursor.Position, j.Cursor.Position, b.campaign.Total)
		}
		cursor, tally := b.cursor, b.tally
		b.cursor, b.tally = j.Cursor.Clone(), cloneTally(j.Tally)
		t.undone(func() { b.cursor, b.tally = cursor, tally })
	}
	return nil
}

func (t *tx) saveNumbers(r *campaign.Rows) error {
	for id, c := range r.Numbers {
		n := t.instances[id]
		if n == nil {
			return conflict("instance %d was not loaded", id)
		}
		t.setMeter(n, c.Meter)
	}
	for id, at := range r.Rouse {
		b := t.campaigns[id]
		if b == nil {
			continue
		}
		for _, n := range b.serving {
			if n.meter.WakeAt.After(at) {
				m := n.meter
				m.WakeAt = at
				t.setMeter(n, m)
			}
		}
	}
	return nil
}

func (t *tx) setMeter(n *number, m campaign.Meter) {
	old := n.meter
	n.meter = cloneMeter(m)
	t.placeNumber(n)
	t.undone(func() {
		n.meter = old
		t.placeNumber(n)
	})
}

// bookOf finds a recipient's campaign.
func (t *tx) bookOf(id campaign.RecipientID) (*book, error) {
	b := t.campaigns[id.Campaign]
	if b == nil || !b.has(id.Position) {
		return nil, conflict("there is no recipient %s", id)
	}
	return b, nil
}

func (t *tx) saveUnwait(r *campaign.Rows) error {
	for _, id := range r.Unwait {
		b := t.campaigns[id.Campaign]
		if b == nil || b.waiting[id.Position] == nil {
			return conflict("recipient %s does not wait", id)
		}
		w := b.waiting[id.Position]
		t.detachWait(b, id.Position)
		t.undone(func() { t.attachWait(b, id.Position, w) })
	}
	return nil
}

func (t *tx) saveWait(r *campaign.Rows) error {
	for _, row := range r.Wait {
		id := row.Recipient
		b, err := t.bookOf(id)
		switch {
		case err != nil:
			return err
		case b.waiting[id.Position] != nil:
			return conflict("recipient %s waits already", id)
		case b.open[id.Position] != nil:
			return conflict("recipient %s has an open attempt and cannot wait", id)
		case id.Position > b.cursor.Position:
			return conflict("recipient %s is ahead of the cursor and cannot wait", id)
		case row.Tries < 0 || row.Generation < 1:
			return conflict("recipient %s cannot wait for try %d of generation %d", id, row.Tries, row.Generation)
		}
		w := &wait{due: row.Due.UTC(), tries: row.Tries, generation: row.Generation, why: reasonPtr(row.Why), lane: row.Lane}
		t.attachWait(b, id.Position, w)
		t.undone(func() { t.detachWait(b, id.Position) })
	}
	return nil
}

func (t *tx) saveBegin(r *campaign.Rows) error {
	for _, a := range r.Begin {
		b, err := t.bookOf(a.Recipient)
		if err != nil {
			return err
		}
		n := t.instances[a.Instance]
		switch {
		case a.ID.IsZero() || t.open[a.ID] != nil || t.ended[a.ID] != nil:
			return conflict("attempt %s was made before", a.ID)
		case n == nil || n.instance.Tenant != b.tenant.name || a.Tenant != b.tenant.name:
			return conflict("attempt %s mixes tenants", a.ID)
		case a.Phase != campaign.Flying || !a.Held:
			return conflict("attempt %s does not begin in flight and with its phone", a.ID)
		case b.open[a.Recipient.Position] != nil:
			return conflict("recipient %s has an open attempt", a.Recipient)
		case b.waiting[a.Recipient.Position] != nil:
			return conflict("recipient %s waits and cannot be in flight", a.Recipient)
		case a.Recipient.Position > b.cursor.Position:
			return conflict("recipient %s is ahead of the cursor and cannot be in flight", a.Recipient)
		case a.Slot < 0 || n.slots[a.Slot] != nil:
			return conflict("slot %d of instance %d is in use", a.Slot, a.Instance)
		case campaign.Erased(a.Phone):
			return conflict("recipient %s was erased", a.Recipient)
		case a.Phone == "" || t.phones[a.Phone] != nil:
			return conflict("attempt %s has no phone of its own", a.ID)
		case a.Generation < 1 || a.Try < 1:
			return conflict("attempt %s is try %d of generation %d", a.ID, a.Try, a.Generation)
		case b.claimed(a.Recipient.Position, a.Generation):
			return conflict("recipient %s may have been sent generation %d already", a.Recipient, a.Generation)
		}
		if err := inOrder(a); err != nil {
			return err
		}
		t.lastFlight++
		f := &flight{Attempt: cloneAttempt(*a), seq: t.lastFlight, book: b, num: n}
		t.attach(f)
		t.undone(func() { t.detach(f) })
	}
	return nil
}

// inOrder checks the instants of an attempt.
func inOrder(a *campaign.Attempt) error {
	if a.TakenAt.IsZero() || a.StartBy.Before(a.TakenAt) || a.SweepAt.Before(a.StartBy) || a.Quarantine.Before(a.StartBy) {
		return conflict("the instants of attempt %s are not in order", a.ID)
	}
	return nil
}

// accepted reports whether an attempt other than but was accepted in a
// generation.
func (b *book) accepted(position int64, generation int, but campaign.AttemptID) bool {
	for l := b.audience.At(int(position - 1)).last; l != nil; l = l.prev {
		if l.row.Outcome == campaign.OutcomeAccepted && l.row.Generation == generation && l.row.Attempt != but {
			return true
		}
	}
	return false
}

// claimed reports whether an attempt of a generation, or of a later one, ended
// without a proof that nothing went out.
func (b *book) claimed(position int64, generation int) bool {
	for l := b.audience.At(int(position - 1)).last; l != nil; l = l.prev {
		if l.row.Generation < generation {
			continue
		}
		switch l.row.Outcome {
		case campaign.OutcomeAccepted, campaign.OutcomeMarkedUnsent, campaign.OutcomeResend:
			return true
		}
	}
	return false
}

func (t *tx) saveChanged(r *campaign.Rows) error {
	for _, a := range r.Changed {
		f := t.open[a.ID]
		if f == nil {
			return conflict("attempt %s is not open", a.ID)
		}
		now := f.Attempt
		now.Phase, now.Held, now.Looked, now.LookAt = a.Phase, a.Held, a.Looked, a.LookAt
		now.Why, now.Quarantine, now.SweepAt = a.Why, a.Quarantine, a.SweepAt
		now = cloneAttempt(now)
		switch {
		case now.Phase != campaign.Flying && now.Phase != campaign.Lost:
			return conflict("attempt %s has no phase %q", a.ID, now.Phase)
		case now.Phase == campaign.Flying && !now.Held:
			return conflict("attempt %s is in flight and must hold its phone", a.ID)
		case now.Phase == campaign.Flying && f.num.slots[now.Slot] != nil && f.num.slots[now.Slot] != f:
			return conflict("slot %d of instance %d is in use", now.Slot, now.Instance)
		case now.Held && t.phones[now.Phone] != nil && t.phones[now.Phone] != f:
			return conflict("the phone of attempt %s is held by another", a.ID)
		}
		if err := inOrder(&now); err != nil {
			return err
		}
		old := f.Attempt
		t.swap(f, now)
		t.undone(func() { t.swap(f, old) })
	}
	return nil
}

func (t *tx) swap(f *flight, a campaign.Attempt) {
	t.detach(f)
	f.Attempt = a
	t.attach(f)
}

func (t *tx) saveClose(r *campaign.Rows) error {
	for _, c := range r.Close {
		f := t.open[c.Attempt]
		switch {
		case f == nil:
			return conflict("attempt %s is not open", c.Attempt)
		case c.Recipient != f.Recipient || c.Instance != f.Instance || c.Generation != f.Generation:
			return conflict("attempt %s closes as another one", c.Attempt)
		case c.EndedAt.Before(f.TakenAt):
			return conflict("attempt %s ended before it was taken", c.Attempt)
		}
		if err := t.admissible(f.book, c); err != nil {
			return err
		}
		t.detach(f)
		t.undone(func() { t.attach(f) })
		m := f.book.audience.At(int(c.Recipient.Position - 1))
		l := &logged{row: cloneClosed(c), prev: m.last}
		m.last = l
		t.undone(func() { f.book.audience.At(int(c.Recipient.Position - 1)).last = l.prev })
		put(t, t.ended, c.Attempt, l)
		t.provide(l, c.ProviderID)
		t.answered(author{c.Tenant, c.Phone})
	}
	return nil
}

// admissible checks what a row of the log must keep.
func (t *tx) admissible(b *book, c campaign.Closed) error {
	if !outcomes[c.Outcome] {
		return conflict("attempt %s has no outcome %q", c.Attempt, c.Outcome)
	}
	if c.Outcome == campaign.OutcomeAccepted {
		switch {
		case !evidences[c.Evidence]:
			return conflict("attempt %s is accepted on the evidence %q", c.Attempt, c.Evidence)
		case c.ProviderID == "" && c.Evidence != campaign.ByOperator:
			return conflict("attempt %s is accepted without a provider id", c.Attempt)
		case b.accepted(c.Recipient.Position, c.Generation, c.Attempt):
			return conflict("recipient %s was sent generation %d already", c.Recipient, c.Generation)
		}
	}
	if c.ProviderID != "" {
		key := campaign.ProviderKey{Instance: c.Instance, ID: c.ProviderID}
		if l := t.providers[key]; l != nil && l.row.Attempt != c.Attempt {
			return conflict("the provider id of attempt %s belongs to attempt %s", c.Attempt, l.row.Attempt)
		}
	}
	return nil
}

var (
	outcomes = map[campaign.Outcome]bool{
		campaign.OutcomeAccepted: true, campaign.OutcomeNotSent: true, campaign.OutcomeRefused: true,
		campaign.OutcomeHeld: true, campaign.OutcomeSlowed: true, campaign.OutcomeLate: true,
		campaign.OutcomePostponed: true, campaign.OutcomeUnknown: true, campaign.OutcomeNoTrace: true,
		campaign.OutcomeMarkedUnsent: true, campaign.OutcomeResend: true,
	}
	evidences = map[campaign.Evidence]bool{
		campaign.ByAnswer: true, campaign.ByRecord: true, campaign.ByWebhook: true, campaign.ByOperator: true,
	}
)

// provide enters the provider id of a logged attempt, and frees the one that it
// had before.
func (t *tx) provide(l *logged, id string) {
	if old := l.row.ProviderID; old != "" && old != id {
		t.setProvider(campaign.ProviderKey{Instance: l.row.Instance, ID: old}, nil)
	}
	if id != "" {
		t.setProvider(campaign.ProviderKey{Instance: l.row.Instance, ID: id}, l)
	}
}

// setProvider says whose a provider id is, and which reports can be applied
// therefore.
func (t *tx) setProvider(key campaign.ProviderKey, to *logged) {
	t.undone(func() { t.match(key) }) // after the map is as it was
	if to == nil {
		drop(t, t.providers, key)
	} else {
		put(t, t.providers, key, to)
	}
	t.match(key)
}

func (t *tx) saveAmended(r *campaign.Rows) error {
	for _, c := range r.Amended {
		l := t.ended[c.Attempt]
		if l == nil {
			return conflict("attempt %s has not ended", c.Attempt)
		}
		now := l.row
		now.Outcome, now.Evidence, now.ProviderID, now.Why = c.Outcome, c.Evidence, c.ProviderID, cloneReason(c.Why)
		b, err := t.bookOf(now.Recipient)
		if err != nil {
			return err
		}
		if err := t.admissible(b, now); err != nil {
			return err
		}
		old := l.row
		switch sent := old.Outcome == campaign.OutcomeAccepted; {
		case now.Outcome != campaign.OutcomeAccepted && (sent || now.Outcome != old.Outcome):
			return conflict("attempt %s cannot become %q after %q: a later proof makes it accepted, and nothing else is corrected", c.Attempt, now.Outcome, old.Outcome)
		case sent && (now.Evidence != old.Evidence || now.ProviderID != old.ProviderID):
			return conflict("attempt %s was accepted on other evidence, which stays", c.Attempt)
		}
		t.provide(l, now.ProviderID)
		l.row = now
		t.undone(func() { l.row = old })
		t.answered(author{now.Tenant, now.Phone})
	}
	return nil
}

func (t *tx) saveSettled(r *campaign.Rows) error {
	for _, p := range r.Settled {
		b, err := t.bookOf(p.ID)
		if err != nil {
			return err
		}
		old := b.audience.At(int(p.ID.Position - 1)).end
		var from campaign.State
		if old != nil {
			from = old.state
		}
		w := b.waiting[p.ID.Position]
		returns := from == campaign.Sent && p.State == "" && w != nil && w.generation > int(old.generation)
		if !returns && !mayBecome(from, p.State) {
			return conflict("recipient %s cannot become %q after %q", p.ID, p.State, from)
		}
		position := int(p.ID.Position - 1)
		b.audience.At(position).end = newEnd(p)
		t.undone(func() { b.audience.At(position).end = old })
	}
	return nil
}

// mayBecome tells which states a recipient's own row may take. The states that
// follow from open rows are never written, and what was accepted goes forward,
// or fails by the provider's later word. Who is sent to again by that word waits
// for the next generation: see saveSettled.
func mayBecome(from, to campaign.State) bool {
	rank := map[campaign.State]int{campaign.Sent: 1, campaign.Delivered: 2, campaign.Read: 3}
	switch to {
	case "", campaign.Skipped, campaign.Dropped:
		return rank[from] == 0
	case campaign.Failed:
		return true
	}
	return rank[to] > 0 && rank[to] >= rank[from]
}

func (t *tx) saveNotices(r *campaign.Rows) error {
	for _, seq := range r.Absorbed {
		n, ok := t.inbox.rows[seq]
		if !ok {
			continue
		}
		_, ready := t.inbox.matched.at[seq]
		t.detachNotice(n)
		t.undone(func() {
			t.attachNotice(n)
			if ready && n.Kind == campaign.NoticeReply { // by an attempt that has closed, maybe
				t.inbox.forget(author{n.Tenant, n.Phone}, seq)
				t.inbox.matched.Set(seq, time.Time{}, seq)
			}
		})
	}
	return nil
}

func (t *tx) saveEvents(r *campaign.Rows) error {
	for i, e := range r.Events {
		of := t.tenants[e.Tenant]
		if of == nil {
			return conflict("the event %s names no tenant", e.Type)
		}
		r.Events[i].Seq = t.record(of, e)
	}
	return nil
}
