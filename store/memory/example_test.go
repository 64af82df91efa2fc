package memory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

// A whole campaign in one process: no database, no gateway, no waiting.
func Example() {
	ctx := context.Background()
	clock := campaigntest.NewClock(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	sender := &campaigntest.Recorder{Now: clock.Now}
	engine, err := campaign.New(memory.New(), sender, &campaign.Options{Now: clock.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	shop := engine.As(campaign.Caller{Tenant: "loja", Author: "ana", Role: campaign.Host})

	number, _ := shop.AddInstance(ctx, campaign.Instance{Remote: "vendas"})
	c, _ := shop.Create(ctx, campaign.Draft{Name: "Oferta", Instances: []campaign.InstanceID{number.ID},
		Messages: []campaign.Message{{Text: "Oi, {{nome}}!"}}})
	_, _ = shop.Add(ctx, c.ID, campaign.Everyone(
		contact.Contact{Name: "Ana", Phone: "+5511900001234"},
		contact.Contact{Name: "Bia", Phone: "+5511900001235"}))
	if _, err := shop.Start(ctx, c.ID); err != nil {
		fmt.Println(err)
		return
	}
	for next := clock.Now(); !next.IsZero() && sender.Count() < 2; {
		clock.Set(next)
		if next, err = engine.Step(ctx); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, text := range sender.Texts() {
		fmt.Println(text)
	}
	// Output:
	// Oi, Ana!
	// Oi, Bia!
}

// What is not a campaign lives in the same store: the people of a tenant.
func ExampleStore_Tenant() {
	ctx := context.Background()
	s := memory.New()
	defer s.Close()
	people := s.Tenant("loja").Contacts()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	if _, err := people.CreateContact(ctx, now, contact.Contact{Name: "Ana", Phone: "+5511900001234"}); err != nil {
		fmt.Println(err)
		return
	}
	ana, _ := people.ContactByPhone(ctx, "+5511900001234")
	fmt.Println(ana.Name)
	_, err := s.Tenant("outra").Contacts().ContactByPhone(ctx, "+5511900001234")
	fmt.Println(err)
	// Output:
	// Ana
	// memory: no contact has this phone: contact: not found
}
