package crashtest

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

// strict is WhatsApp towards a number that it restricts for a day from its 40th
// message on: the gateway takes each, keeps a record, and reports what became of
// it a minute later.
type strict struct {
	campaigntest.LookupRecorder
	clock     *campaigntest.Clock
	number    campaign.InstanceID
	sent      int
	from      time.Time
	asked     int // while it is restricted
	reports   []campaign.Notice
	delivered map[contact.Phone]int
}

func (s *strict) restricted() bool {
	return !s.from.IsZero() && s.clock.Now().Before(s.from.Add(24*time.Hour))
}

// through is the gateway as a process sees it.
type through struct {
	*strict
	l *life
}

func (g through) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	s := g.strict
	if err := g.l.pass(k6); err != nil {
		return campaign.Accepted{}, err
	}
	acc, err := s.LookupRecorder.Send(ctx, m)
	if err != nil {
		return acc, err
	}
	if s.sent++; s.sent == 40 {
		s.from = s.clock.Now()
	}
	n := campaign.Notice{Tenant: tenant, Instance: s.number, ProviderID: acc.ProviderID, Kind: campaign.NoticeDelivered, At: s.clock.Now().Add(time.Minute)}
	if s.restricted() {
		s.asked++
		n.Kind = campaign.NoticeError
	} else {
		s.delivered[m.To]++
	}
	s.reports = append(s.reports, n)
	if err := g.l.pass(k11); err != nil {
		return campaign.Accepted{}, err
	}
	return acc, nil
}

// pair is two daemons on one PostgreSQL. One that dies is followed by another.
type pair struct {
	t        *testing.T
	clock    *campaigntest.Clock
	deadline time.Duration
	first    *base
	sender   func(*life) campaign.Sender
	lives    [2]*life
	bases    [2]*base
	hired    int
}

func newPair(t *testing.T, clock *campaigntest.Clock, d time.Duration, sender func(*life) campaign.Sender) *pair {
	p := &pair{t: t, clock: clock, deadline: d, first: openBase(t), sender: sender}
	t.Cleanup(func() {
		for _, b := range append(p.bases[:], p.first) {
			b.close()
		}
	})
	for i := range p.lives {
		p.hire(i)
	}
	return p
}

func (p *pair) hire(i int) {
	p.hired++
	name := "daemon " + strconv.Itoa(p.hired)
	b := p.first.beside(p.t, name)
	l, err := lifeWith(p.clock.Now, name, b.store(), campaign.NewLocker(p.clock.Now), p.deadline, p.sender)
	require.NoError(p.t, err)
	l.leave = b.keep
	p.lives[i], p.bases[i] = l, b
}

// dismiss ends a daemon that stands still.
func (p *pair) dismiss(i int) {
	p.bases[i].close()
	p.hire(i)
}

// armed lets whoever comes first to a point die there.
func (p *pair) armed(at point) {
	for _, l := range p.lives {
		l.at.Store(at)
	}
}

// step lets both work, and tells when there is something to do next, and whether
// one of them has died.
func (p *pair) step() (next time.Time, died bool) {
	for i, l := range p.lives {
		at, lived, err := l.step(p.t.Context())
		if l.dead.Load() {
			<-p.bases[i].kept
			p.bases[i].close()
			p.hire(i)
			p.armed("")
			died = true
			continue
		}
		require.True(p.t, lived)
		require.NoError(p.t, err)
		if next.IsZero() || (!at.IsZero() && at.Before(next)) {
			next = at
		}
	}
	if died {
		next = p.clock.Now()
	}
	return next, died
}

// A number is restricted for a day, the daemon that tries it dies in the middle of
// the try, each time at another point, and another one goes on: few are asked all
// the same, nobody is failed, and nobody gets the message twice.
func TestARestrictedNumberAndDaemonsThatDie(t *testing.T) {
	t.Parallel()
	clock := campaigntest.NewClock(monday)
	g := &strict{clock: clock, delivered: map[contact.Phone]int{}}
	g.Now = clock.Now
	p := newPair(t, clock, deadline, func(l *life) campaign.Sender { return through{g, l} })
	svc := p.lives[0].engine.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
	in, err := svc.AddInstance(t.Context(), campaign.Instance{Remote: "vendas"})
	require.NoError(t, err)
	g.number = in.ID
	c, err := svc.Create(t.Context(), campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi"}}, Instances: []campaign.InstanceID{in.ID}})
	require.NoError(t, err)
	const people = 200
	var all []contact.Contact
	for n := range people {
		all = append(all, contact.Contact{Name: "Ana", Phone: phoneOf(n)})
	}
	_, err = svc.Add(t.Context(), c.ID, campaign.Everyone(all...))
	require.NoError(t, err)
	_, err = svc.Start(t.Context(), c.ID)
	require.NoError(t, err)

	// Where whoever tries the number dies, try by try.
	tries := []point{k11, k4, k12}
	kills, unsent := 0, int64(0)
	look := func() (m campaign.Meter, books campaign.Progress) {
		require.NoError(t, p.first.store().Tenant(tenant).View(t.Context(), func(r campaign.Reader) error {
			n, err := r.Number(in.ID)
			require.NoError(t, err)
			row, err := r.Campaign(c.ID)
			require.NoError(t, err)
			b, err := r.Books(c.ID)
			m, books = n.Meter, b.Progress(row)
			return err
		}))
		return m, books
	}
	for end := monday.AddDate(0, 0, 10); clock.Now().Before(end); {
		m, books := look()
		if books.Status == campaign.Completed {
			break
		}
		now := clock.Now()
		for len(g.reports) > 0 && !g.reports[0].At.After(now) {
			require.NoError(t, p.lives[len(g.reports)%2].engine.Receive(t.Context(), g.reports[0]))
			g.reports = g.reports[1:]
		}
		armed := point("")
		switch {
		case m.Cold.Held.Code == campaign.CodeColdRestricted && !now.Before(m.Cold.Until) && len(tries) > 0:
			armed = tries[0]
		case g.sent == 20 && kills == 0:
			armed = k11
		}
		p.armed(armed)
		next, died := p.step()
		if died {
			kills++
			if armed == k4 {
				unsent++ // taken, and nobody can know that it did not go out
			}
			if kills > 1 {
				tries = tries[1:]
			}
		}
		if len(g.reports) > 0 && (next.IsZero() || g.reports[0].At.Before(next)) {
			next = g.reports[0].At
		}
		if next.After(clock.Now()) {
			clock.Set(next)
		}
	}
	_, books := look()
	t.Logf("%d asked while it was restricted, %d kills: %+v", g.asked, kills, books)
	require.Equal(t, campaign.Completed, books.Status)
	require.Empty(t, tries)
	require.Equal(t, 4, kills)
	require.LessOrEqual(t, g.asked, 10, "sends while it was restricted")
	require.Zero(t, books.Failed)
	require.Equal(t, unsent, books.Unknown)
	require.Equal(t, people-unsent, books.Sent)
	require.Len(t, g.delivered, people-int(unsent))
	for phone, n := range g.delivered {
		require.Equal(t, 1, n, "%s got %d messages", phone.Redacted(), n)
	}
	sound(t, p.first.store(), clock.Now(), audit.Options{Deadline: deadline}, nil)
}
