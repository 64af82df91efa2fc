package crashtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

// Everything is stopped at one of two daemons on a PostgreSQL: the other one sends
// nothing more either, nor do those that follow them, one in order and one after a
// kill, until somebody ends it at any of them. Then everybody gets the message, once.
func TestAStopOfEverythingHoldsForBothDaemonsAndTheirFollowers(t *testing.T) {
	t.Parallel()
	clock := campaigntest.NewClock(monday)
	sent := &campaigntest.LookupRecorder{}
	sent.Now = clock.Now
	p := newPair(t, clock, 2*time.Second, func(*life) campaign.Sender { return sent })
	svc := p.lives[1].engine.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
	var numbers []campaign.InstanceID
	for _, name := range []string{"vendas", "suporte"} {
		in, err := svc.AddInstance(t.Context(), campaign.Instance{Remote: name})
		require.NoError(t, err)
		numbers = append(numbers, in.ID)
	}
	c, err := svc.Create(t.Context(), campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi"}}, Instances: numbers})
	require.NoError(t, err)
	const people = 40
	var all []contact.Contact
	for n := range people {
		all = append(all, contact.Contact{Name: "Ana", Phone: phoneOf(n)})
	}
	_, err = svc.Add(t.Context(), c.ID, campaign.Everyone(all...))
	require.NoError(t, err)
	_, err = svc.Start(t.Context(), c.ID)
	require.NoError(t, err)
	work := func(minutes int) int {
		before := sent.Count()
		for range minutes {
			clock.Advance(time.Minute)
			p.step()
		}
		return sent.Count() - before
	}
	require.NotZero(t, work(5))

	_, err = p.lives[0].engine.StopAll(t.Context(), "ana", "feriado")
	require.NoError(t, err)
	require.Zero(t, work(10), "sends after the stop, by either")
	p.dismiss(0)
	p.lives[1].die()
	<-p.bases[1].kept
	p.dismiss(1)
	require.Zero(t, work(10), "sends of those that follow")
	for _, l := range p.lives {
		h, on, err := l.engine.StoppedAll(t.Context())
		require.NoError(t, err)
		require.True(t, on)
		require.Equal(t, campaign.Halt{Since: h.Since, By: "ana", Reason: "feriado"}, h)
	}
	why, err := p.lives[1].engine.As(campaign.Caller{Tenant: tenant, Author: "rui", Role: campaign.Host}).Explain(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.CodeStopped, why.Stalled.Code)

	require.NoError(t, p.lives[1].engine.ResumeAll(t.Context(), "rui"))
	require.NotZero(t, work(60), "sends after its end")
	require.Equal(t, people, sent.Count())
	for phone, got := range sent.ByPhone() {
		require.Len(t, got, 1, phone.Redacted())
	}
}
