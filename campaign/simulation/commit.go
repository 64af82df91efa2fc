package simulation

import (
	"slices"

	"github.com/alreasense/campaigns/campaign"
)

// committed sees what a transaction of the ledger has changed.
func (w *witness) committed(p *process, r *campaign.Rows) {
	s := w.s
	for _, a := range r.Changed {
		f := w.flights[a.ID]
		if f == nil {
			s.violate("I9", "attempt %s changes and was never taken", a.ID)
			continue
		}
		if a.Phase == campaign.Lost && f.phase == campaign.Flying {
			f.phase, f.unknown = campaign.Lost, true
			s.figures.Unknown++
			w.log(f.tenant).lost++
			s.note(11, uint64(f.rec.Position))
			s.logf("%s: attempt %s of %s is unknown (%s)", p.name, f.id, f.rec, a.Why)
		}
		if !a.Held && w.phones[f.phone] == f {
			if r.Now.Before(f.quarantine) {
				s.violate("I4", "the phone of %s is free before its quarantine ends", f.rec)
			}
			delete(w.phones, f.phone)
		}
	}
	for _, c := range r.Close {
		w.closed(p, r, c)
	}
	for _, c := range r.Amended {
		w.amended(r, c)
	}
	for _, x := range r.Settled {
		w.settled(r, x)
	}
}

// closed sees the end of an attempt.
func (w *witness) closed(p *process, r *campaign.Rows, c campaign.Closed) {
	s, f := w.s, w.flights[c.Attempt]
	if f == nil || f.phase == "" {
		s.violate("I9", "attempt %s ends and is not open", c.Attempt)
		return
	}
	lost := f.phase == campaign.Lost
	f.phase = ""
	who := w.person(f.rec)
	who.open = nil
	if w.phones[f.phone] == f {
		delete(w.phones, f.phone)
	}
	s.note(12, uint64(f.rec.Position), uint64(len(c.Outcome)))
	s.logf("%s: attempt %s of %s ends as %s (%s)", p.name, f.id, f.rec, c.Outcome, c.Why)
	if !eventOf(r, c.Attempt) {
		s.violate("I9", "the end of attempt %s as %s has no event", c.Attempt, c.Outcome)
	}
	switch c.Outcome {
	case campaign.OutcomeAccepted:
		w.accepted(f, c)
		w.log(f.tenant).sent++
		switch {
		case !lost:
		case c.Evidence == campaign.ByOperator:
			s.figures.Decided++
		case c.Evidence == campaign.ByRecord || c.Evidence == campaign.ByWebhook:
			s.figures.Reconciled++
		default:
			s.figures.Testified++
		}
	case campaign.OutcomeResend, campaign.OutcomeMarkedUnsent:
		s.figures.Decided++
		if r.Now.Before(f.quarantine) {
			s.violate("I1", "%s was decided upon before its quarantine ends", f.rec)
		}
		if c.Outcome == campaign.OutcomeResend {
			if k := w.campaigns[f.rec.Campaign]; c.Why.Args["by"] == "standing_order" && (!k.campaign.AtLeastOnce || f.generation > 1) {
				s.violate("I1", "%s gets a new generation and nobody has ordered it", f.rec)
			}
			who.generation, who.unsent = f.generation+1, 0
		}
	default:
		w.unsent(f, c, lost)
	}
}

// unsent sees an attempt that ends as never gone out.
func (w *witness) unsent(f *flight, c campaign.Closed, lost bool) {
	s := w.s
	if c.Outcome == campaign.OutcomeNotSent {
		w.person(f.rec).unsent++
	}
	r := f.request
	if r == nil {
		return
	}
	if r.performs || r.done.After(s.now) {
		s.violate("I11", "%s ends as %s, and the gateway has sent attempt %s or may", f.rec, c.Outcome, f.id)
	}
	if lost {
		s.figures.Testified++
	}
	if c.Outcome != campaign.OutcomeRefused {
		hour, day := capKeys(f)
		w.caps[hour]--
		w.caps[day]--
	}
}

// accepted holds an accepted attempt against the gateway's ledger.
func (w *witness) accepted(f *flight, c campaign.Closed) {
	s := w.s
	s.figures.Accepted++
	w.person(f.rec).accepted = f.generation
	if c.Evidence == campaign.ByOperator {
		return
	}
	r := s.gateway.byID[c.ProviderID]
	switch {
	case r == nil || !r.performed:
		s.figures.FalseSent++
		s.violate("I10", "%s is sent by the id %q, which the gateway has not sent", f.rec, c.ProviderID)
	case r.f != f:
		s.figures.FalseSent++
		s.violate("I10", "attempt %s of %s is sent by the id %q, which is that of attempt %s of %s", f.id, f.rec, c.ProviderID, r.f.id, r.f.rec)
	case r.claimed:
		s.violate("I10", "the id %q is evidence for more than one attempt", c.ProviderID)
	default:
		r.claimed = true
	}
}

// amended sees a later proof against an operator's word.
func (w *witness) amended(r *campaign.Rows, c campaign.Closed) {
	f := w.flights[c.Attempt]
	if f == nil || c.Outcome != campaign.OutcomeAccepted {
		w.s.violate("I9", "attempt %s is amended to %s", c.Attempt, c.Outcome)
		return
	}
	w.s.figures.Testified++
	who := w.person(f.rec)
	before := who.accepted
	w.accepted(f, c)
	who.accepted = max(before, f.generation)
	if slices.Contains(r.Unwait, f.rec) {
		who.generation = f.generation
	}
}

var rank = map[campaign.State]int{campaign.Sent: 1, campaign.Delivered: 2, campaign.Read: 3}

// settled sees a recipient's own row.
func (w *witness) settled(rows *campaign.Rows, x *campaign.Recipient) {
	s, who := w.s, w.person(x.ID)
	was := who.state
	if x.State == "" {
		w.returned(rows, x, was)
	} else if was == "" && rank[x.State] > 0 && x.Generation == who.generation-1 {
		who.generation = x.Generation // it was reached after all
	}
	who.state, who.why = x.State, x.Why.Code
	r := s.gateway.byID[x.ProviderID]
	switch x.State {
	case campaign.Delivered, campaign.Read:
		if r == nil || !r.delivered && !r.read || x.State == campaign.Read && !r.read {
			s.violate("I14", "%s is %s, and the gateway has not said so", x.ID, x.State)
		}
	case campaign.Failed:
		if byReport(x.Why.Code) {
			w.failedByReport(x, r)
		}
		if rank[was] > 0 && (was != campaign.Sent || !byReport(x.Why.Code)) && who.generation == x.Generation && x.Generation == 1 {
			s.violate("I14", "%s was %s and failed (%s)", x.ID, was, x.Why)
		}
	}
	if rank[x.State] > 0 && rank[x.State] < rank[was] && x.Generation == 1 {
		s.violate("I14", "%s went back from %s to %s", x.ID, was, x.State)
	}
}
