// Package fakeclock shows how a service tests its schedules, and a campaign of
// a whole month, on fake time.
package fakeclock

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

// Our shop writes on weekdays, not over lunch, and not on holidays.
const hours = "mon-fri 09:00-12:00 13:30-18:00, skip holidays, zone America/Sao_Paulo"

// A test of a schedule is a table of strings: when asked, when allowed.
func TestSchedule(t *testing.T) {
	spec, err := schedule.Parse(hours)
	if err != nil {
		t.Fatal(err)
	}
	window, err := spec.Window(holiday.Union(holiday.Brazil, holiday.BrazilOptional))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ asked, allowed string }{
		{"2026-02-12 10:00", "2026-02-12 10:00"},
		{"2026-02-12 12:00", "2026-02-12 13:30"},
		{"2026-02-13 18:00", "2026-02-18 14:00"}, // Carnival, and half of Ash Wednesday
		{"2026-04-03 09:00", "2026-04-06 09:00"}, // Good Friday
	} {
		if got := window.Next(local(c.asked)).Format(layout); got != c.allowed {
			t.Errorf("asked on %s: allowed on %s, want %s", c.asked, got, c.allowed)
		}
	}
}

// A month of a real campaign: 6,000 people, one number, the real engine.
func TestMonthLongCampaign(t *testing.T) {
	ctx := context.Background()
	clock := campaigntest.NewClock(local("2026-04-01 08:00"))
	sender := &campaigntest.Recorder{Now: clock.Now}
	engine, err := campaign.New(memory.New(), sender, &campaign.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	shop := engine.As(campaign.Caller{Tenant: "shop", Role: campaign.Host})
	number, err := shop.AddInstance(ctx, campaign.Instance{Remote: "sales", Pace: campaign.Pace{PerDay: 300}})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := schedule.Parse(hours)
	if err != nil {
		t.Fatal(err)
	}
	c, err := shop.Create(ctx, campaign.Draft{Name: "April", Schedule: spec, Instances: []campaign.InstanceID{number.ID},
		Messages: []campaign.Message{{Text: "{{saudacao}}, {{nome}}!"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Add(ctx, c.ID, campaign.Everyone(people(6000)...)); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Start(ctx, c.ID); err != nil {
		t.Fatal(err)
	}

	campaigntest.Play(t, engine, clock, local("2026-05-31 00:00"))

	perDay := map[string]int{}
	for _, s := range sender.All() {
		perDay[s.At.In(zone).Format("02/01")]++
	}
	if perDay["03/04"] != 0 || perDay["21/04"] != 0 || perDay["01/05"] != 0 {
		t.Error("something went out on a holiday")
	}
	for day, n := range perDay {
		if n > 300 {
			t.Errorf("%d messages on %s, the cap is 300", n, day)
		}
	}
	if n := sender.Count(); n != 6000 {
		t.Errorf("%d messages for 6000 people", n)
	}
	if p, err := shop.Progress(ctx, c.ID); err != nil || p.Status != campaign.Completed {
		t.Errorf("the campaign is %v, %v", p.Status, err)
	}
}

const layout = "2006-01-02 15:04"

var zone = func() *time.Location {
	loc, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	return loc
}()

func local(s string) time.Time {
	t, err := time.ParseInLocation(layout, s, zone)
	if err != nil {
		panic(err)
	}
	return t
}

func people(n int) []contact.Contact {
	all := make([]contact.Contact, n)
	for i := range all {
		all[i] = contact.Contact{Name: "Ana", Phone: contact.Phone(fmt.Sprintf("+551190000%04d", i))}
	}
	return all
}
