package audit_test

import (
	"context"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

// played is a store in which a campaign of three people has been sent, and
// what the gateway saw of it.
func played() (campaign.Store, *campaigntest.Recorder, func() time.Time) {
	ctx := context.Background()
	clock := campaigntest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	store, gateway := memory.New(), &campaigntest.Recorder{Now: clock.Now}
	e, err := campaign.New(store, gateway, &campaign.Options{Now: clock.Now})
	if err != nil {
		panic(err)
	}
	s := e.As(campaign.Caller{Tenant: "loja", Author: "ana", Role: campaign.Host})
	in, err := s.AddInstance(ctx, campaign.Instance{Remote: "vendas"})
	if err != nil {
		panic(err)
	}
	c, err := s.Create(ctx, campaign.Draft{Name: "Março", Instances: []campaign.InstanceID{in.ID},
		Messages: []campaign.Message{{Text: "Oi, {{nome}}"}}})
	if err != nil {
		panic(err)
	}
	for _, p := range []contact.Contact{{Name: "Ana", Phone: "+5511900001234"}, {Name: "Bia", Phone: "+5521900001234"}, {Name: "Caio", Phone: "+5531900001234"}} {
		if _, err := s.Add(ctx, c.ID, campaign.Everyone(p)); err != nil {
			panic(err)
		}
	}
	if _, err := s.Start(ctx, c.ID); err != nil {
		panic(err)
	}
	for {
		next, err := e.Step(ctx)
		if err != nil {
			panic(err)
		}
		if next.IsZero() {
			return store, gateway, clock.Now
		}
		if next.After(clock.Now()) {
			clock.Set(next)
		}
	}
}

// A check of a store at rest.
func ExampleCheck() {
	store, _, now := played()
	report, err := audit.Check(context.Background(), store, &audit.Options{Now: now})
	if err != nil {
		fmt.Println(err)
		return
	}
	f := report.Figures
	fmt.Println(f.Campaigns, "campaign,", f.Recipients, "recipients,", f.States[campaign.Sent], "sent,", f.Seals > 0)
	fmt.Println(len(report.Violations), "violations")
	// Output:
	// 1 campaign, 3 recipients, 3 sent, true
	// 0 violations
}

// What the gateway really did is the strongest witness: here it sent somebody
// a second message that the ledger knows nothing of.
func ExampleOptions_performed() {
	store, gateway, now := played()
	var performed []audit.Deed
	for _, s := range gateway.All() {
		performed = append(performed, audit.Deed{Phone: s.To, At: s.At, Attempt: s.Attempt, ProviderID: s.ProviderID})
	}
	again := performed[0]
	again.At = again.At.Add(time.Second)
	performed = append(performed, again)

	report, err := audit.Check(context.Background(), store, &audit.Options{Now: now, Performed: performed})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range report.Violations {
		fmt.Println(v.Invariant, v.Campaign, v.Position, v.Detail)
		fmt.Println("the rule:", audit.Rule(v.Invariant))
	}
	// Output:
	// I1 #1 1 the gateway sent more than one message for generation 1
	// the rule: at most one send that may have gone out for each recipient and generation; a new generation only by order
}
