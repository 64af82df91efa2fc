package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
)

// director plays the people: it makes campaigns and gives commands, some of
// them to processes that die over it.
type director struct {
	s         *sim
	tenants   []campaign.Tenant
	numbers   map[campaign.Tenant][]campaign.InstanceID
	campaigns []campaign.Ref
	made      int
}

func newDirector(s *sim) *director {
	d := &director{s: s, numbers: make(map[campaign.Tenant][]campaign.InstanceID)}
	d.tenants = []campaign.Tenant{"acme", "beta"}[:s.nature.Tenants]
	return d
}

// learn and forget keep the list of campaigns as it is committed.
func (d *director) learn(t campaign.Tenant, id campaign.ID) {
	d.campaigns = append(d.campaigns, campaign.Ref{Tenant: t, ID: id})
}

func (d *director) forget(id campaign.ID) {
	d.campaigns = slices.DeleteFunc(d.campaigns, func(r campaign.Ref) bool { return r.ID == id })
}

// settle makes the numbers, before anything goes wrong.
func (d *director) settle() (err error) {
	s := d.s
	s.calm = true
	done := false
	s.after(0, func() {
		s.spawn(s.processes[0], 0, func(t *task) {
			defer func() { done = true }()
			for i := range s.nature.Numbers {
				of := d.tenants[i%len(d.tenants)]
				in, e := t.as(of).AddInstance(background, campaign.Instance{Remote: fmt.Sprintf("number-%d", i+1), Pace: d.pace()})
				if e != nil {
					err = e
					return
				}
				d.numbers[of] = append(d.numbers[of], in.ID)
			}
		})
	})
	s.play(s.now.Add(time.Minute), func() bool { return done })
	s.calm = false
	if !done && err == nil {
		err = fmt.Errorf("the numbers are not made within a minute")
	}
	return err
}

func (t *task) as(of campaign.Tenant) *campaign.Service {
	return t.p.engine.As(campaign.Caller{Tenant: of, Author: "operator", Role: campaign.Host})
}

func (d *director) pace() campaign.Pace {
	s := d.s
	if s.nature.Slots > 1 || s.cfg.Dense && s.chance(0.7) {
		return campaign.Pace{NoGap: true}
	}
	return pick(s,
		campaign.Pace{NoGap: true},
		campaign.Pace{NoGap: true, PerHour: 60},
		campaign.Pace{MinGap: time.Second, MaxGap: 3 * time.Second},
		campaign.Pace{MinGap: 2 * time.Second, MaxGap: 5 * time.Second, PerDay: 150},
		campaign.Pace{MinGap: time.Second, MaxGap: 2 * time.Second, PauseEvery: 20, PauseFor: 3 * time.Minute},
		campaign.Pace{PerHour: 50},
	)
}

// start plans the campaigns of the run and its commands.
func (d *director) start(end time.Time) {
	s := d.s
	span := end.Sub(s.now)
	for i := range s.cfg.Campaigns {
		at := time.Duration(0)
		if i >= s.nature.Campaigns {
			at = s.upTo(span * 8 / 10)
		}
		s.after(at, func() { d.give("make a campaign", d.make) })
	}
	d.commands()
	d.tend()
}

// give lets a process carry out a command, now.
func (d *director) give(name string, f func(t *task) error) {
	s := d.s
	ps := s.alive()
	if len(ps) == 0 {
		s.after(time.Minute, func() { d.give(name, f) })
		return
	}
	p := pick(s, ps...)
	s.spawn(p, 0, func(t *task) {
		err := f(t)
		if err == nil {
			s.figures.Commands++
			p.rouse()
		}
		s.logf("%s: %s: %v", p.name, name, err)
	})
}

// insist tries until it works, or the process dies.
func (t *task) insist(f func() error) (err error) {
	for range 6 {
		if err = f(); err == nil {
			return nil
		}
		t.sleep(t.s.within(100*time.Millisecond, 10*time.Second))
	}
	return err
}

// make creates a campaign, fills it and starts it.
func (d *director) make(t *task) error {
	s := d.s
	of := pick(s, d.tenants...)
	draft := d.draft(of)
	size := 1 + s.rng.IntN(d.s.cfg.Audience)
	if s.cfg.Dense {
		size = s.cfg.Audience/2 + s.rng.IntN(s.cfg.Audience/2+1)
	}
	from := s.rng.IntN(s.cfg.Audience)
	var c campaign.Campaign
	err := t.insist(func() (err error) { c, err = t.as(of).Create(background, draft); return err })
	if err != nil {
		return err
	}
	if err := t.insist(func() error {
		_, err := t.as(of).Add(background, c.ID, campaign.Everyone(people(from, size)...))
		return err
	}); err != nil {
		return err
	}
	return t.insist(func() error { _, err := t.as(of).Start(background, c.ID); return err })
}

func (d *director) draft(of campaign.Tenant) campaign.Draft {
	s := d.s
	d.made++
	in := campaign.Draft{Name: fmt.Sprintf("campaign %d", d.made), AtLeastOnce: s.chance(0.3),
		Rotation: pick(s, "", campaign.RotationBalanced, campaign.RotationSticky)}
	// The same few texts everywhere: a record has to be told apart by more.
	for _, text := range []string{"Oi {{nome}}", "Olá {{nome}}", "{{nome}}, tudo bem?"}[:1+s.rng.IntN(3)] {
		in.Messages = append(in.Messages, campaign.Message{Text: text})
	}
	own := d.numbers[of]
	first := s.rng.IntN(len(own))
	for i := range 1 + s.rng.IntN(min(2, len(own))) {
		in.Instances = append(in.Instances, own[(first+i)%len(own)])
	}
	if !s.cfg.Dense || s.chance(0.3) {
		in.Schedule = pick(s, schedule.Spec{}, schedule.Spec{Kind: schedule.KindBusinessDays},
			schedule.Spec{Kind: schedule.KindBusinessDays}, schedule.Spec{Kind: schedule.KindBusinessHours})
	}
	in.AfterRestriction = pick(s, "", campaign.RestrictionRetry, campaign.RestrictionOtherNumber, campaign.RestrictionNever)
	if s.chance(0.3) {
		n := s.rng.IntN(3)
		in.Retries = &n
	}
	if s.chance(0.15) {
		in.Pace = campaign.Pace{MinGap: time.Second, MaxGap: 4 * time.Second}
	}
	if s.chance(0.1) {
		in.StartAt = s.now.Add(s.upTo(8 * time.Hour)).Truncate(time.Second)
	}
	if s.chance(0.05) {
		in.EndAt = s.now.Add(8*time.Hour + s.upTo(48*time.Hour)).Truncate(time.Second)
	}
	return in
}

// The phones of the simulation: 10,000 in each of ten area codes.
func phone(n int) contact.Phone {
	return contact.Phone(fmt.Sprintf("+55%d90000%04d", 11+n/10_000%10, n%10_000))
}

// refusedPhone tells the phones that are not on WhatsApp.
func refusedPhone(p contact.Phone) bool { return p[len(p)-2:] == "77" }

// people returns size contacts from the first on; everybody has one name only,
// wherever they are added.
func people(from, size int) []contact.Contact {
	cs := make([]contact.Contact, size)
	for i := range cs {
		n := from + i
		cs[i] = contact.Contact{Name: fmt.Sprintf("Pessoa %d", n), Phone: phone(n)}
	}
	return cs
}
