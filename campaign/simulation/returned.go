package simulation

import "github.com/alreasense/campaigns/campaign"

// byReport tells the reasons of who failed by a report of the gateway.
func byReport(c campaign.Code) bool {
	return c == campaign.CodeProviderError || c == campaign.CodeReturnsUsed || c == campaign.CodeFailedAfterEnd
}

// returned sees that somebody comes back: only by the campaign's policy, and only
// if the message that they were sent is known not to have reached them.
func (w *witness) returned(rows *campaign.Rows, x *campaign.Recipient, was campaign.State) {
	s, who := w.s, w.person(x.ID)
	if was == "" {
		return // a late report is kept for what comes of the next generation
	}
	next := 0
	for _, q := range rows.Wait {
		if q.Recipient == x.ID {
			next = q.Generation
		}
	}
	r, k := s.gateway.byID[x.ProviderID], w.campaigns[x.ID.Campaign]
	switch {
	case was != campaign.Sent || next != x.Generation+1:
		s.violate("I1", "%s was %s in generation %d and comes back in %d", x.ID, was, x.Generation, next)
	case r == nil || !r.failed:
		s.violate("I14", "%s comes back by a report that the gateway has not made", x.ID)
	case !r.refused && !r.lied:
		s.violate("I1", "%s comes back and was reached", x.ID)
	case r.personal:
		s.violate("I1", "%s comes back, and the failure was about the person", x.ID)
	case k == nil || k.campaign.AfterRestriction == campaign.RestrictionNever || k.campaign.Status.Terminal():
		s.violate("I1", "%s comes back and nobody has ordered it", x.ID)
	case x.Generation > campaign.MaxReturns:
		s.violate("I1", "%s comes back after generation %d", x.ID, x.Generation)
	}
	s.figures.Returned++
	who.generation, who.unsent = next, 0
	s.note(14, uint64(x.ID.Position))
	s.logf("%s comes back in generation %d", x.ID, next)
}

// failedByReport sees that somebody failed by a report: nobody who could have
// come back is lost.
func (w *witness) failedByReport(x *campaign.Recipient, r *request) {
	s, k := w.s, w.campaigns[x.ID.Campaign]
	if r == nil || !r.failed {
		s.violate("I14", "%s failed by a report that the gateway has not made", x.ID)
		return
	}
	if k == nil || r.personal || k.campaign.AfterRestriction == campaign.RestrictionNever || k.campaign.Status.Terminal() || x.Generation > campaign.MaxReturns {
		return
	}
	s.violate("I11", "%s failed (%s) and should have come back", x.ID, x.Why.Code)
}
