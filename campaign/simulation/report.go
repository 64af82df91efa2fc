package simulation

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// report plans what the gateway will say of a message that has gone out.
func (g *gateway) report(r *request) {
	s := g.s
	blame := campaign.BlameUnknown // of a report of failure
	say := func(k campaign.NoticeKind, after time.Duration, mark *bool) {
		if !s.calm && s.chance(0.05) {
			return // lost on its way
		}
		times := 1
		if s.chance(0.05) {
			times = 2
		}
		for range times {
			s.after(after+s.within(0, 20*time.Second), func() {
				*mark = true
				n := campaign.Notice{Blame: blame, Tenant: r.f.tenant, Instance: r.f.instance, ProviderID: r.id, Kind: k, At: s.now}
				if k == campaign.NoticeSent {
					n.At, n.Phone, n.Digest = r.at.Truncate(time.Second), r.f.phone, campaign.TextDigest(r.f.text)
				}
				if s.chance(0.02) {
					g.forge(n)
				}
				g.outbox = append(g.outbox, n)
			})
		}
	}
	var acked bool
	say(campaign.NoticeServer, 0, &acked)
	if s.chance(0.5) {
		say(campaign.NoticeSent, 0, &acked)
	}
	switch u := s.rng.Float64(); {
	case r.refused:
		if s.chance(0.5) {
			blame = campaign.BlameNumber
		}
		say(campaign.NoticeError, s.within(0, time.Minute), &r.failed)
	case u < 0.03 && !s.calm:
		r.refused = true
		if s.chance(0.3) {
			r.personal, blame = true, campaign.BlameRecipient
		}
		say(campaign.NoticeError, s.within(0, time.Minute), &r.failed)
	case u < 0.9:
		d := s.within(0, 10*time.Minute)
		say(campaign.NoticeDelivered, d, &r.delivered)
		if s.chance(0.5) {
			// Without the twenty seconds above, a read can overtake it.
			say(campaign.NoticeRead, d, &r.read)
		}
		if s.chance(0.01) {
			r.lied = true
			say(campaign.NoticeError, d, &r.failed) // a late error of what was delivered
		}
	}
}

// forge adds a report that is not true: of another tenant, of another number,
// or of a message that nobody has sent.
func (g *gateway) forge(n campaign.Notice) {
	s := g.s
	forms := 3
	if n.Kind == campaign.NoticeSent {
		forms = 1
	} else {
		n.Kind = pick(s, campaign.NoticeRead, campaign.NoticeError)
	}
	switch s.rng.IntN(forms) {
	case 0:
		n.Tenant = "somebody"
	case 1:
		n.Instance += 1000
	default:
		n.ProviderID += "F"
	}
	g.outbox = append(g.outbox, n)
}

// start lets the gateway deliver its reports, in bunches and out of order.
func (g *gateway) start() {
	s := g.s
	s.after(s.within(100*time.Millisecond, 30*time.Second), func() {
		if len(g.outbox) > 0 {
			g.deliver()
		}
		g.start()
	})
}

func (g *gateway) deliver() {
	s := g.s
	ps := s.alive()
	if len(ps) == 0 {
		return // nobody answers; it tries again
	}
	n := min(len(g.outbox), 100)
	bunch := append([]campaign.Notice(nil), g.outbox[:n]...)
	g.outbox = append(g.outbox[:0], g.outbox[n:]...)
	s.rng.Shuffle(n, func(i, j int) { bunch[i], bunch[j] = bunch[j], bunch[i] })
	p := pick(s, ps...)
	s.spawn(p, 0, func(t *task) {
		if p.engine.Receive(background, bunch...) == nil {
			s.figures.Reports += int64(n)
			p.rouse()
			return
		}
		g.outbox = append(g.outbox, bunch...) // refused: the gateway sends them again
	})
}

// restrict lets WhatsApp restrict numbers now and then, from minutes to days.
func (g *gateway) restrict() {
	s := g.s
	if s.nature.Restrict == 0 {
		return
	}
	s.after(s.upTo(2*s.nature.Restrict), func() {
		if s.calm {
			return
		}
		i := pick(s, s.director.numbers[pick(s, s.director.tenants...)]...)
		until := s.now.Add(s.within(10*time.Minute, 40*time.Hour))
		g.restricted[i] = until
		s.figures.Restrictions++
		s.logf("WhatsApp restricts number %d until %s", i, until.Format("02 15:04:05"))
		g.restrict()
	})
}
