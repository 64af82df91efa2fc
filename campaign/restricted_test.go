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
	// passes tells to whom its messages arrive all the same; nil is nobody.
	passes func(contact.Phone) bool
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
	if !s.from.IsZero() && now.Before(s.from.Add(s.restricted)) && (s.passes == nil || !s.passes(m.To)) {
		n.Kind = campaign.NoticeError
		s.asked++
	} else {
		s.delivered[m.To]++
	}
	s.reports = append(s.reports, n)
	return acc, nil
}

// newStrict is a world with a number that is restricted.
func newStrict(t *testing.T, late time.Duration) *strict {
	w := newWorld(t, "2026-03-02 09:00")
	s := &strict{LookupRecorder: w.sent, w: w, late: late, restricted: 24 * time.Hour, delivered: map[contact.Phone]int{}}
	e, err := campaign.New(w.store, s, &w.opts)
	require.NoError(t, err)
	w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
	s.id = w.number("n", campaign.Pace{})
	return s
}

// play runs a campaign until it ends, or for a time, and looks after each step.
func (s *strict) play(id campaign.ID, most time.Duration, look func()) {
	w, ctx := s.w, context.Background()
	for end := w.clock.Now().Add(most); w.status(id) == campaign.Active && w.clock.Now().Before(end); {
		for len(s.reports) > 0 && !s.reports[0].At.After(w.clock.Now()) {
			require.NoError(w.t, w.e.Receive(ctx, s.reports[0]))
			s.reports = s.reports[1:]
		}
		next, err := w.e.Step(ctx)
		require.NoError(w.t, err)
		look()
		if len(s.reports) > 0 && (next.IsZero() || s.reports[0].At.Before(next)) {
			next = s.reports[0].At
		}
		if next.After(w.clock.Now()) {
			w.clock.Set(next)
		}
	}
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
	s := newStrict(t, late)
	w := s.w
	c := w.start(2000, campaign.Draft{Instances: []campaign.InstanceID{s.id}})
	ctx := context.Background()
	told := false
	s.play(c.ID, 10*24*time.Hour, func() {
		if n, err := w.s.Number(ctx, s.id); err == nil && n.Meter.Why.Code == campaign.CodeColdHeld && !told {
			told = true
			require.Equal(t, campaign.CodeColdRestricted, n.Meter.Cold.Held.Code)
			why, err := w.s.Explain(ctx, c.ID)
			require.NoError(t, err)
			codes := []campaign.Code{}
			for _, shut := range why.Numbers[0].Shut {
				codes = append(codes, shut.Why.Code)
			}
			require.Contains(t, codes, campaign.CodeColdHeld)
			p := w.progress(c.ID)
			require.Equal(t, n.Meter.Cold.Until, p.NextAt)
		}
	})
	require.True(t, told)
	require.LessOrEqual(t, s.asked, 10, "sends while it was restricted")
	require.GreaterOrEqual(t, s.asked, 6, "it was tried again")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	p := w.progress(c.ID)
	require.Zero(t, p.Failed)
	require.EqualValues(t, 2000, p.Sent)
	require.Len(t, w.events(0, campaign.EventReturned), s.asked)
	require.Len(t, w.events(0, campaign.EventInstanceColdFreed), 1)
	require.Len(t, s.delivered, 2000)
	for phone, n := range s.delivered {
		require.Equal(t, 1, n, "%s got %d messages", phone.Redacted(), n)
	}
}

// wrote lets people write to the number before the campaign.
func (s *strict) wrote(ps ...contact.Phone) {
	s.w.t.Helper()
	for _, p := range ps {
		require.NoError(s.w.t, s.w.e.Receive(context.Background(), campaign.Notice{Tenant: tenant, Instance: s.id, ProviderID: "in",
			Kind: campaign.NoticeReply, Phone: p, At: s.w.clock.Now()}))
	}
}

func phoneAt(i int) contact.Phone { return people(i, 1)[0].Phone }

// A restriction of what the number sends to strangers costs few of them, and
// those who know it get their messages meanwhile, in order. Each stranger is set
// aside once, somebody of them who writes is written to soon, and when the lane
// opens they all are.
func TestStrangersWaitWhileOthersAreWrittenTo(t *testing.T) {
	s := newStrict(t, 5*time.Second)
	w, ctx := s.w, context.Background()
	known := map[contact.Phone]bool{}
	for i := 3; i <= 300; i += 3 {
		known[phoneAt(i)] = true
		s.wrote(phoneAt(i))
	}
	s.passes = func(p contact.Phone) bool { return known[p] }
	w.clock.Set(w.clock.Now().Add(time.Minute))
	c := w.start(300, campaign.Draft{Instances: []campaign.InstanceID{s.id}})
	begun, late := w.clock.Now(), phoneAt(100)
	asideAt, lateAt := time.Time{}, time.Time{}
	var waits []campaign.Code
	s.play(c.ID, 10*24*time.Hour, func() {
		n, err := w.s.Number(ctx, s.id)
		require.NoError(t, err)
		require.True(t, n.Meter.Held.IsZero(), "the whole number is held")
		b, err := s.books(c.ID)
		require.NoError(t, err)
		if asideAt.IsZero() && b.Lanes[campaign.Strangers].Waiting > 100 && n.Meter.Cold.Until.Sub(w.clock.Now()) > 20*time.Minute {
			asideAt = w.clock.Now()
			f, err := w.s.Forecast(ctx, c.ID)
			require.NoError(t, err)
			require.EqualValues(t, f.Left, f.Sends)
			// All but the strangers are written to at the pace, and those from then on.
			require.True(t, f.FirstAt.Before(n.Meter.Cold.Until))
			require.True(t, f.LastAt.After(n.Meter.Cold.Until))
			for _, x := range f.Numbers[0].Waits {
				waits = append(waits, x.Why.Code)
			}
			known[late] = true
			s.wrote(late)
			why, err := w.s.ExplainRecipient(ctx, campaign.RecipientID{Campaign: c.ID, Position: 298})
			require.NoError(t, err)
			require.Contains(t, codesOf(why.Numbers[0].Shut), campaign.CodeColdHeld, "why a stranger has got nothing")
			require.Equal(t, n.Meter.Cold.Until, why.OpensAt)
			why, err = w.s.ExplainRecipient(ctx, campaign.RecipientID{Campaign: c.ID, Position: 300})
			require.NoError(t, err)
			require.NotContains(t, codesOf(why.Numbers[0].Shut), campaign.CodeColdHeld, "why somebody who knows the number has got nothing yet")
		}
		if lateAt.IsZero() && len(w.sent.ByPhone()[late]) > 0 {
			lateAt = w.clock.Now()
		}
	})
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.False(t, asideAt.IsZero())
	require.NotContains(t, waits, campaign.CodeNobodyDue)
	require.Less(t, lateAt.Sub(asideAt), 5*time.Minute, "who wrote waits for the strangers")
	require.LessOrEqual(t, s.asked, 10, "sends to strangers while they were restricted")
	require.EqualValues(t, 300, w.progress(c.ID).Sent)
	require.Zero(t, w.progress(c.ID).Failed)
	require.Len(t, s.delivered, 300)
	aside := 0
	for _, e := range w.events(c.ID, campaign.EventPostponed) {
		if e.Why.Code == campaign.CodeColdHeld {
			aside++
		}
	}
	require.LessOrEqual(t, aside, 201, "somebody was set aside again and again")
	// Those who know it went on, each in turn, long before the strangers could.
	last := time.Time{}
	for i := 3; i <= 300; i += 3 {
		at := w.recipient(c.ID, int64(i)).TakenAt
		require.True(t, at.After(last), "person %d was taken out of turn", i)
		last = at
	}
	require.Less(t, last.Sub(begun), 12*time.Hour)
	require.NotEmpty(t, w.events(0, campaign.EventInstanceColdFreed))
}

func codesOf(all []campaign.Shut) (codes []campaign.Code) {
	for _, s := range all {
		codes = append(codes, s.Why.Code)
	}
	return codes
}

func (s *strict) books(id campaign.ID) (b campaign.Books, err error) {
	err = s.w.store.Tenant(tenant).View(context.Background(), func(r campaign.Reader) error {
		b, err = r.Books(id)
		return err
	})
	return b, err
}
