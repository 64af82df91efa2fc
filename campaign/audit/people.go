package audit

import (
	"github.com/alreasense/campaigns/campaign"
)

// people checks the recipients of the campaign, a page at a time.
func (s *survey) people() error {
	var after int64
	for {
		ps, err := s.r.Recipients(campaign.RecipientQuery{Campaign: s.x.ID, After: after, Limit: page})
		if err != nil {
			return err
		}
		if len(ps) == 0 {
			return s.stories()
		}
		through := ps[len(ps)-1].ID.Position
		past, err := s.r.History(s.x.ID, after, through)
		if err != nil {
			return err
		}
		for i := range ps {
			pos := ps[i].ID.Position
			if pos != after+1 {
				at := s.at("I3")
				at.Position = pos
				if err := s.c.fail(at, "the recipient follows %d: the positions of an audience have no gaps", after); err != nil {
					return err
				}
			}
			after = pos
			n := 0
			for n < len(past) && past[n].Recipient.Position <= pos {
				n++
			}
			if err := s.person(&ps[i], past[:n]); err != nil {
				return err
			}
			past = past[n:]
		}
		if len(ps) < page {
			return s.stories()
		}
	}
}

// person checks one recipient against its attempts and its events.
func (s *survey) person(p *campaign.Recipient, past []campaign.Closed) error {
	open := s.open[p.ID.Position]
	s.tally(p, past, open)
	v := &visit{survey: s, p: p, past: past, open: open}
	for _, check := range []func() error{v.place, v.attempts, v.row, v.times} {
		if err := check(); err != nil {
			return err
		}
	}
	var said uint64
	if i := p.ID.Position - 1; i >= 0 && i < int64(len(s.log.prints)) {
		said = s.log.prints[i]
	}
	if h, or, ok := foretold(p, past, open); ok && (said == h || said == or) && len(v.doubts) == 0 {
		return nil
	}
	return s.unfold(v)
}

// tally adds the recipient to the recount.
func (s *survey) tally(p *campaign.Recipient, past []campaign.Closed, open *campaign.Attempt) {
	f, n := &s.c.report.Figures, &s.count
	f.Recipients++
	f.Attempts += int64(len(past))
	f.States[p.State]++
	n.people++
	for i := range past {
		if past[i].Outcome == campaign.OutcomeNotSent {
			n.retries++
		}
	}
	if !p.RespondedAt.IsZero() {
		n.responded++
		n.respondedOf.Add(p.Message, 1)
	}
	if !p.Due.IsZero() {
		n.waiting++
		if n.nextDue.IsZero() || p.Due.Before(n.nextDue) {
			n.nextDue = p.Due
		}
	}
	switch p.State {
	case campaign.Pending:
		n.pending++
	case campaign.Dropped:
		n.dropped++
	case campaign.Sending:
		n.sending++
	case campaign.Unknown:
		n.lost++
		f.Unknown++
	case campaign.Failed:
		n.failed++
	case campaign.Skipped:
		n.skipped++
	case campaign.Read:
		n.read++
		fallthrough
	case campaign.Delivered:
		n.delivered++
		fallthrough
	case campaign.Sent:
		n.sent++
		n.sentOf.Add(p.Message, 1)
	}
	// What stands is the open attempt and what was accepted, unless the next
	// generation had been ordered before that was known; then it stands again
	// if it is what the recipient's row tells of.
	for i := range past {
		c, last := &past[i], past[len(past)-1].Generation
		if c.Outcome == campaign.OutcomeAccepted && (c.Generation == p.Generation || (c.Generation == last && p.Generation < last)) {
			n.stand.Add(c.Message, 1)
		}
	}
	if open != nil {
		f.Attempts++
		n.stand.Add(open.Message, 1)
	}
}

// accepted is the attempt of a generation that the gateway took.
func accepted(past []campaign.Closed, generation int) *campaign.Closed {
	for i := range past {
		if past[i].Outcome == campaign.OutcomeAccepted && past[i].Generation == generation {
			return &past[i]
		}
	}
	return nil
}

// visit is the check of one recipient.
type visit struct {
	*survey
	p    *campaign.Recipient
	past []campaign.Closed
	open *campaign.Attempt
	// gen is the generation of the last attempt, used its tries that were
	// proven unsent, claims those that were not.
	gen, used, claims int
	doubts            []doubt
}

func (v *visit) fail(invariant string, a campaign.AttemptID, format string, args ...any) error {
	at := v.at(invariant)
	at.Position, at.Attempt = v.p.ID.Position, a
	return v.c.fail(at, format, args...)
}

// settled reports whether the recipient's own row says what became of it.
func settled(s campaign.State) bool {
	switch s {
	case campaign.Sent, campaign.Delivered, campaign.Read, campaign.Failed, campaign.Skipped:
		return true
	}
	return false
}

// place checks that the recipient is in exactly one place: ahead of the
// cursor, waiting, open or settled; or left over by a cancelled campaign.
func (v *visit) place() error {
	p, none := v.p, campaign.AttemptID{}
	places := 0
	for _, in := range []bool{v.open != nil, !p.Due.IsZero(), settled(p.State)} {
		if in {
			places++
		}
	}
	cancelled := v.x.Status == campaign.Cancelled
	switch {
	case (p.State == campaign.Sending || p.State == campaign.Unknown) != (v.open != nil):
		return v.fail("I3", none, "shows as %s and has open attempts: %t", p.State, v.open != nil)
	case v.open != nil && (v.open.Phase == campaign.Lost) != (p.State == campaign.Unknown):
		return v.fail("I3", v.open.ID, "shows as %s while its attempt is %s", p.State, v.open.Phase)
	case (p.State == campaign.Dropped && !cancelled) || (p.State == campaign.Pending && cancelled):
		return v.fail("I3", none, "shows as %s in a campaign that is %s", p.State, v.x.Status)
	case p.ID.Position > v.books.Cursor.Position && (places > 0 || len(v.past) > 0):
		return v.fail("I3", none, "is ahead of the cursor, which stands at %d, and was taken before", v.books.Cursor.Position)
	case p.ID.Position > v.books.Cursor.Position:
		return nil
	case places > 1:
		return v.fail("I3", none, "is in %d places at once: open %t, waiting %t, settled %t", places, v.open != nil, !p.Due.IsZero(), settled(p.State))
	case places == 0 && !(cancelled && len(v.past) > 0):
		return v.fail("I3", none, "is behind the cursor and in no place: it would never be sent to")
	}
	return nil
}

// provenUnsent reports whether an outcome proves that nothing went out.
func provenUnsent(o campaign.Outcome) bool {
	switch o {
	case campaign.OutcomeNotSent, campaign.OutcomeRefused, campaign.OutcomeHeld, campaign.OutcomeSlowed,
		campaign.OutcomeLate, campaign.OutcomePostponed:
		return true
	}
	return false
}

// attempts checks the recipient's attempts, one after the other.
func (v *visit) attempts() error {
	var ended campaign.Outcome
	for i := range v.past {
		c := &v.past[i]
		if err := v.next(ended, c.Attempt, c.Generation, c.Try); err != nil {
			return err
		}
		if err := v.closed(c); err != nil {
			return err
		}
		v.heard(c.Attempt, c.Phone)
		ended = c.Outcome
		if !provenUnsent(ended) {
			v.claims++
		} else if ended == campaign.OutcomeNotSent {
			v.used++
		}
		if campaign.Erased(c.Phone) {
			return v.fail("I13", c.Attempt, "was taken for a person who had been erased")
		}
		v.note(c.Attempt, c.Phone, c.Instance, c.TakenAt, c.EndedAt, c)
	}
	if a := v.open; a != nil {
		if campaign.Erased(a.Phone) && (a.Phase != campaign.Lost || a.Held || a.Text != "" || !a.LookAt.IsZero()) {
			return v.fail("I13", a.ID, "is of a person who was erased, and is %s, with a text of %d bytes, and asked after: %t", a.Phase, len(a.Text), !a.LookAt.IsZero())
		}
		if err := v.next(ended, a.ID, a.Generation, a.Try); err != nil {
			return err
		}
		v.claims++
		v.heard(a.ID, a.Phone)
		if err := v.inside(a.ID, a.TakenAt, a.StartBy); err != nil {
			return err
		}
		if a.TakenAt.After(v.now.Add(v.c.o.Skew)) {
			return v.fail("I14", a.ID, "was taken at %v, and it is %v now", a.TakenAt, v.now)
		}
		v.note(a.ID, a.Phone, a.Instance, a.TakenAt, forever, nil)
	}
	return nil
}

// next checks that an attempt may follow those before it, of which the last
// one ended as it says; none if it is empty.
func (v *visit) next(ended campaign.Outcome, a campaign.AttemptID, gen, try int) error {
	if gen != v.gen {
		// A resend opens a generation, and a proof that came later may have
		// turned that attempt into an accepted one.
		ordered := v.gen > 0 && (ended == campaign.OutcomeResend || ended == campaign.OutcomeAccepted)
		if gen != v.gen+1 || (v.gen > 0 && !ordered) {
			return v.fail("I1", a, "is of generation %d, after generation %d whose last attempt was %s: nobody ordered that", gen, v.gen, ended)
		}
		v.gen, v.used, v.claims = gen, 0, 0
	}
	switch {
	case v.claims > 0:
		return v.fail("I1", a, "was taken in generation %d, in which an attempt that may have been sent stood before it", gen)
	case ended == campaign.OutcomeRefused:
		return v.fail("I16", a, "was taken after the recipient had been refused for good")
	case try != v.used+1:
		return v.fail("I16", a, "is numbered try %d of its generation and is try %d", try, v.used+1)
	}
	return nil
}

// unedited reports whether an attempt was taken under the campaign as it is.
func (v *visit) unedited(a *campaign.Closed) bool {
	return v.log.edited.IsZero() || a.TakenAt.After(v.log.edited.Add(settleTime))
}

// closed checks an attempt that has ended.
func (v *visit) closed(c *campaign.Closed) error {
	retries := campaign.DefaultRetries
	if v.x.Retries != nil {
		retries = *v.x.Retries
	}
	switch {
	case c.Tenant != v.tenant:
		return v.fail("I8", c.Attempt, "the attempt is of tenant %q", c.Tenant)
	case c.EndedAt.Before(c.TakenAt.Add(-settleTime)):
		return v.fail("I14", c.Attempt, "ended at %v, before it was taken at %v", c.EndedAt, c.TakenAt)
	case c.EndedAt.After(v.now.Add(v.c.o.Skew)):
		return v.fail("I14", c.Attempt, "ended at %v, and it is %v now", c.EndedAt, v.now)
	case !provenUnsent(c.Outcome) && c.Outcome != campaign.OutcomeAccepted && c.Outcome != campaign.OutcomeMarkedUnsent && c.Outcome != campaign.OutcomeResend:
		return v.fail("I9", c.Attempt, "ended as %q, which ends no attempt", c.Outcome)
	case c.Try > retries+1 && v.unedited(c):
		return v.fail("I16", c.Attempt, "is try %d, and the campaign allows %d retries", c.Try, retries)
	case c.Outcome != campaign.OutcomeAccepted:
		return v.inside(c.Attempt, c.TakenAt, c.TakenAt.Add(v.c.o.Deadline))
	}
	switch c.Evidence {
	case campaign.ByAnswer, campaign.ByRecord, campaign.ByWebhook:
		if c.ProviderID == "" {
			return v.fail("I10", c.Attempt, "was accepted by %s and has no provider id", c.Evidence)
		}
	case campaign.ByOperator:
	default:
		return v.fail("I10", c.Attempt, "was accepted with the evidence %q, which is none", c.Evidence)
	}
	if c.ProviderID != "" {
		v.c.ids = append(v.c.ids, claim{hashText(uint64(c.Instance), c.ProviderID), uint32(v.x.ID), uint32(c.Recipient.Position)})
	}
	return v.inside(c.Attempt, c.TakenAt, c.TakenAt.Add(v.c.o.Deadline))
}
