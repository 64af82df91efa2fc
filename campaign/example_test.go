package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

// exampleShop is an engine on a fake clock, Friday 13 February 2026 at 17:59 in
// São Paulo, with one number and a sender that prints.
func exampleShop() (*campaign.Engine, *campaigntest.Clock, *campaign.Service, campaign.InstanceID) {
	clock := campaigntest.NewClock(time.Date(2026, 2, 13, 20, 59, 0, 0, time.UTC))
	sender := &campaigntest.Recorder{Now: clock.Now, Answer: func(m campaign.Outgoing) (campaign.Accepted, error) {
		fmt.Println(clock.Now().In(saoPaulo).Format("Mon 15:04:05"), m.Text)
		return campaign.Accepted{ProviderID: m.Attempt.String(), Began: clock.Now()}, nil
	}}
	e, err := campaign.New(memory.New(), sender, &campaign.Options{Now: clock.Now})
	if err != nil {
		panic(err)
	}
	s := e.As(campaign.Caller{Tenant: "shop", Author: "ana", Role: campaign.Host})
	n, err := s.AddInstance(context.Background(), campaign.Instance{Remote: "sales", Pace: campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute}})
	if err != nil {
		panic(err)
	}
	return e, clock, s, n.ID
}

// A campaign on business days: what does not fit into the Friday before Carnival
// goes out on Ash Wednesday, in the afternoon.
func ExampleEngine_Step() {
	ctx := context.Background()
	engine, clock, shop, number := exampleShop()
	c, err := shop.Create(ctx, campaign.Draft{
		Name: "News", Instances: []campaign.InstanceID{number}, Schedule: schedule.Spec{Kind: schedule.KindBusinessDays},
		Messages: []campaign.Message{{Text: "{{saudacao}}, {{nome}}!"}},
	})
	if err != nil {
		panic(err)
	}
	_, err = shop.Add(ctx, c.ID, campaign.Everyone(
		contact.Contact{Name: "Ana", Phone: "+5511900000001"},
		contact.Contact{Name: "Bia", Phone: "+5511900000002"}))
	if err != nil {
		panic(err)
	}
	if _, err := shop.Start(ctx, c.ID); err != nil {
		panic(err)
	}
	for {
		next, err := engine.Step(ctx)
		if err != nil {
			panic(err)
		}
		if next.IsZero() {
			break // nothing happens any more
		}
		clock.Set(next)
	}
	p, _ := shop.Progress(ctx, c.ID)
	fmt.Println(p.Status, p.Sent, "of", p.Total)
	// Output:
	// Fri 17:59:00 Boa tarde, Ana!
	// Wed 14:00:00 Boa tarde, Bia!
	// completed 2 of 2
}

// Start names everything that stands in its way at once.
func ExampleService_Start() {
	ctx := context.Background()
	_, _, shop, _ := exampleShop()
	c, err := shop.Create(ctx, campaign.Draft{Name: "News", Messages: []campaign.Message{{Text: "Hi, {{nme}}"}}})
	if err != nil {
		panic(err)
	}
	_, err = shop.Start(ctx, c.ID)
	var o *campaign.Obstacles
	if errors.As(err, &o) {
		for _, x := range o.All {
			fmt.Println(x.Field, x.Why.Code)
		}
	}
	// Output:
	// contacts no_audience
	// messages[0].text variable_unknown
	// instances no_instance
}

// Why has this not gone out yet?
func ExampleService_Explain() {
	ctx := context.Background()
	_, clock, shop, number := exampleShop()
	c, err := shop.Create(ctx, campaign.Draft{Name: "News", Instances: []campaign.InstanceID{number},
		Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}, Messages: []campaign.Message{{Text: "Oi"}}})
	if err != nil {
		panic(err)
	}
	if _, err := shop.Add(ctx, c.ID, campaign.Everyone(contact.Contact{Name: "Ana", Phone: "+5511900000001"})); err != nil {
		panic(err)
	}
	if _, err := shop.Start(ctx, c.ID); err != nil {
		panic(err)
	}
	clock.Advance(8 * time.Hour) // Saturday, 01:59
	why, err := shop.Explain(ctx, c.ID)
	if err != nil {
		panic(err)
	}
	for _, n := range why.Numbers {
		for _, s := range n.Shut {
			fmt.Println(n.Name, "waits:", s.Why.TextIn(campaign.English, saoPaulo))
		}
		fmt.Println("opens", n.OpensAt.In(saoPaulo).Format("Mon 15:04"))
	}
	// Output:
	// sales waits: nothing is sent on the weekend; it goes on at Feb 18 14:00
	// opens Wed 14:00
}

// When will it be through, and what limits it?
func ExampleService_Forecast() {
	ctx := context.Background()
	_, _, shop, number := exampleShop() // a Friday, 17:59
	c, err := shop.Create(ctx, campaign.Draft{Name: "News", Instances: []campaign.InstanceID{number}, Pace: campaign.Pace{PerDay: 2},
		Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}, Messages: []campaign.Message{{Text: "Oi"}}})
	if err != nil {
		panic(err)
	}
	for _, phone := range []contact.Phone{"+5511900000001", "+5511900000002", "+5511900000003"} {
		if _, err := shop.Add(ctx, c.ID, campaign.Everyone(contact.Contact{Name: "Ana", Phone: phone})); err != nil {
			panic(err)
		}
	}
	f, err := shop.Forecast(ctx, c.ID)
	if err != nil {
		panic(err)
	}
	for _, d := range f.Days {
		longest := d.Waits[0]
		fmt.Println(d.Day.Format("Mon Jan 2"), d.Sends, longest.Why.Code, longest.For)
	}
	// Output:
	// Fri Feb 13 1 outside_hours 6h0m0s
	// Sat Feb 14 0 weekend 24h0m0s
	// Sun Feb 15 0 weekend 24h0m0s
	// Mon Feb 16 0 holiday 24h0m0s
	// Tue Feb 17 0 holiday 24h0m0s
	// Wed Feb 18 2 holiday 14h0m0s
}

// A sender says what its errors prove; what bears no mark is unknown.
func ExampleJudge() {
	for _, err := range []error{
		nil,
		campaign.NotSent(errors.New("connection refused")),
		campaign.Refused(campaign.Because("not_on_whatsapp"), nil),
		campaign.Hold(campaign.Because("wrong_key"), nil),
		campaign.SlowDown(time.Minute, nil),
		errors.New("i/o timeout"),
	} {
		fmt.Println(campaign.Judge(err).Verdict)
	}
	// Output:
	// accepted
	// not_sent
	// refused
	// hold
	// slow
	// unknown
}
