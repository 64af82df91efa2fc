package simulation

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
)

// audit lets the checker of operators judge the whole store too, together with
// what the gateway has sent.
func (w *witness) audit() {
	s := w.s
	deeds := []audit.Deed{}
	for _, r := range s.gateway.sent {
		// The instant is that of the request: rests count from there, and what
		// goes out late has its own check.
		deeds = append(deeds, audit.Deed{Phone: r.f.phone, At: r.begun, Attempt: r.f.id, ProviderID: r.id})
	}
	report, err := audit.Check(background, s.store, &audit.Options{
		Limit: maxViolations, Now: func() time.Time { return s.now.Add(s.nature.Skew) }, Deadline: startDeadline, Key: campaign.SuppressionKeys(secret), Performed: deeds})
	if err != nil {
		s.violate("harness", "the store cannot be audited: %v", err)
	}
	for _, v := range report.Violations {
		s.violate(v.Invariant, "audit: %s", v)
	}
}
