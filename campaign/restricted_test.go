package campaign_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

// strict is WhatsApp towards a number that it restricts for a day from its 40th
// message on: the gateway takes each, and reports what became of it a while later.
type strict struct {
	*campaigntest.LookupRecorder
	w          *world
	late       time.Duration
	id         campaign.InstanceID
	from       time.Time
	asked      int // while it is restricted
	reports    []campaign.Notice
	sent       int
	restricted time.Duration
	delivered  map[contact.Phone]int
}

func (s *strict) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	acc, err := s.LookupRecorder.Send(ctx, m)
	if err != nil {
		return acc, err
	}
	now := s.w.clock.Now()
	if s.sent++; s.sent == 40 {
		s.from = now
	}
	n := campaign.Notice{Tenant: tenant, Instance: s.id, ProviderID: acc.ProviderID, Kind: campaign.NoticeDelivered, At: now.Add(s.late)}
	if !s.from.IsZero() && now.Before(s.from.Add(s.restricted)) {
		n.Kind = campaign.NoticeError
		s.asked++
	} else {
		s.delivered[m.To]++
	}
	s.reports = append(s.reports, n)
	return acc, nil
}

// One number, 2,000 people, the usual pace. Few are asked while it is restricted:
// as many as it takes to notice, and one for each time that it is tried. Those
// come back, and everybody gets one message.
func TestARestrictedNumberBurnsNobody(t *testing.T) {
	for _, late := range []time.Duration{5 * time.Second, time.Minute} {
		t.Run("reported after "+late.String(), func(t *testing.T) { burnsNobody(t, late) })
	}
}

func burnsNobody(t *testing.T, late time.Duration) {
	w := newWorld(t, "2026-03-02 09:00")
	s := &strict{LookupRecorder: w.sent, w: w, late: late, restricted: 24 * time.Hour, delivered: map[contact.Phone]int{}}
	e, err := campaign.New(w.store, s, &w.opts)
	require.NoError(t, err)
	w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Author: "ana"})
	s.id = w.number("n", campaign.Pace{})
	c := w.start(2000, campaign.Draft{Instances: []campaign.InstanceID{s.id}})
	ctx := context.Background()
	told := false
	for end := w.clock.Now().Add(10 * 24 * time.Hour); w.status(c.ID) == campaign.Active && w.clock.Now().Before(end); {
		for len(s.reports) > 0 && !s.reports[0].At.After(w.clock.Now()) {
			require.NoError(t, w.e.Receive(ctx, s.reports[0]))
			s.reports = s.reports[1:]
		}
		next, err := w.e.Step(ctx)
		require.NoError(t, err)
		if n, err := w.s.Number(ctx, s.id); err == nil && n.Meter.Held.Code == campaign.CodeRestricted && !told {
			told = true
			why, err := w.s.Explain(ctx, c.ID)
			require.NoError(t, err)
			require.Equal(t, campaign.CodeHeld, why.Numbers[0].Shut[0].Why.Code)
		}
		if len(s.reports) > 0 && (next.IsZero() || s.reports[0].At.Before(next)) {
			next = s.reports[0].At
		}
		if next.After(w.clock.Now()) {
			w.clock.Set(next)
		}
	}
	require.True(t, told)
	require.LessOrEqual(t, s.asked, 10, "sends while it was restricted")
	require.GreaterOrEqual(t, s.asked, 6, "it was tried again")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	p := w.progress(c.ID)
	require.Zero(t, p.Failed)
	require.EqualValues(t, 2000, p.Sent)
	require.Len(t, w.events(0, campaign.EventReturned), s.asked)
	require.Len(t, w.events(0, campaign.EventInstanceFreed), 1)
	require.Len(t, s.delivered, 2000)
	for phone, n := range s.delivered {
		require.Equal(t, 1, n, "%s got %d messages", phone.Redacted(), n)
	}
}
