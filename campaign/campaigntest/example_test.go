package campaigntest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

func ExampleRecorder() {
	// A gateway that knows one phone only.
	r := &campaigntest.Recorder{Answer: func(m campaign.Outgoing) (campaign.Accepted, error) {
		if m.To == "+5511900001234" {
			return campaign.Accepted{ProviderID: "3EB0"}, nil
		}
		return campaign.Accepted{}, campaign.Refused(campaign.Because("not_on_whatsapp"), nil)
	}}
	for _, to := range []contact.Phone{"+5511900001234", "+5511900001235"} {
		_, err := r.Send(context.Background(), campaign.Outgoing{To: to, Text: "Oi"})
		fmt.Println(campaign.Judge(err).Verdict)
	}
	fmt.Println(r.Count(), "asked of the gateway")
	// Output:
	// accepted
	// refused
	// 2 asked of the gateway
}

func ExampleClock() {
	c := campaigntest.NewClock(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	lock := campaign.NewLocker(c.Now)
	_, _ = lock.TryLock(context.Background(), "phone", time.Minute)
	_, err := lock.TryLock(context.Background(), "phone", time.Minute)
	fmt.Println(err)
	c.Advance(time.Minute)
	_, err = lock.TryLock(context.Background(), "phone", time.Minute)
	fmt.Println(err)
	// Output:
	// campaign: lock is taken
	// <nil>
}

// Play takes an engine through days in milliseconds: what is started on a
// Friday afternoon in business hours goes on on Monday morning.
func TestPlay_engine(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	require.NoError(t, err)
	clock := campaigntest.NewClock(time.Date(2026, 3, 6, 17, 59, 0, 0, zone)) // a Friday
	sender := &campaigntest.Recorder{Now: clock.Now}
	engine, err := campaign.New(memory.New(), sender, &campaign.Options{Now: clock.Now})
	require.NoError(t, err)
	shop := engine.As(campaign.Caller{Tenant: "loja", Author: "ana", Role: campaign.Host})
	number, err := shop.AddInstance(t.Context(), campaign.Instance{Remote: "vendas",
		Pace: campaign.Pace{MinGap: 30 * time.Second, MaxGap: 30 * time.Second}})
	require.NoError(t, err)
	c, err := shop.Create(t.Context(), campaign.Draft{Name: "x", Instances: []campaign.InstanceID{number.ID},
		Messages: []campaign.Message{{Text: "Oi, {{nome}}"}}, Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}})
	require.NoError(t, err)
	people := make([]contact.Contact, 4)
	for n := range people {
		people[n] = contact.Contact{Name: "Ana", Phone: contact.Phone(fmt.Sprintf("+551190000%04d", n))}
	}
	_, err = shop.Add(t.Context(), c.ID, campaign.Everyone(people...))
	require.NoError(t, err)
	_, err = shop.Start(t.Context(), c.ID)
	require.NoError(t, err)

	end := time.Date(2026, 3, 10, 12, 0, 0, 0, zone)
	p := campaigntest.Play(t, engine, clock, end)

	var at []string
	for _, s := range sender.All() {
		at = append(at, s.At.In(zone).Format("Mon 15:04:05"))
	}
	require.Equal(t, []string{"Fri 17:59:00", "Fri 17:59:30", "Mon 09:00:00", "Mon 09:00:30"}, at)
	require.True(t, clock.Now().Equal(end), "the clock shows %v", clock.Now())
	require.Positive(t, p.Jumps)
	require.Less(t, p.Steps, 300, "days pass in few steps")
	c, err = shop.Campaign(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.Completed, c.Status)
}
