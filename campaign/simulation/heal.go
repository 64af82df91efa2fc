package simulation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// tend is what people do who want their campaigns to go on: they start drafts
// whose number has become free, and resume what was paused, sooner or later.
func (d *director) tend() {
	s := d.s
	every := 20 * time.Minute
	s.after(every/2+s.upTo(every), func() {
		for _, c := range d.campaigns {
			if !s.calm && s.chance(0.5) {
				continue
			}
			switch s.witness.campaigns[c.ID].campaign.Status {
			case campaign.Drafted:
				d.give("start "+c.ID.String(), func(t *task) error {
					return d.begin(t, c)
				})
			case campaign.Paused:
				d.give("resume "+c.ID.String(), func(t *task) error { return d.resume(t, c) })
			}
		}
		d.tend()
	})
}

// begin starts a draft, at once where the start that it was planned for has long
// passed.
func (d *director) begin(t *task, c campaign.Ref) error {
	s := t.as(c.Tenant)
	_, err := s.Start(background, c.ID)
	var refused *campaign.Obstacles
	if !errors.As(err, &refused) || !slices.ContainsFunc(refused.All, func(o campaign.Obstacle) bool { return o.Why.Code == campaign.CodeStartPast }) {
		return err
	}
	now, err := s.Campaign(background, c.ID)
	if err != nil {
		return err
	}
	if _, err = s.Edit(background, c.ID, now.Rev, func(in *campaign.Draft) error { in.StartAt = time.Time{}; return nil }); err != nil {
		return err
	}
	_, err = s.Start(background, c.ID)
	return err
}

// heal stops the faults and waits for everything to come to rest.
func (s *sim) heal() {
	if len(s.violations) > 0 {
		return
	}
	s.calm = true
	clear(s.gateway.restricted)
	s.note(13)
	s.logf("the faults stop")
	s.director.mend()
	s.play(s.now.Add(s.cfg.Patience), s.rested)
	if len(s.violations) == 0 && !s.rested() {
		s.violate("I15", "%v after the last fault there is still: %s", s.cfg.Patience, strings.Join(s.restless(), "; "))
	}
	if len(s.violations) == 0 {
		s.witness.inspect()
		s.witness.audit()
	}
}

// mend does what an operator does after an outage: every number is connected,
// and every stop is ended. It is said again for processes that start later.
func (d *director) mend() {
	s := d.s
	if ps := s.alive(); len(ps) > 0 {
		d.give("resume all", func(t *task) error { return d.resumeAll(t, campaign.Ref{}) })
		for _, of := range d.tenants {
			for _, n := range d.numbers[of] {
				d.give("connect", func(t *task) error { return t.as(of).Heard(background, n, campaign.ConnectionOpen) })
			}
		}
	}
	s.after(10*time.Minute, d.mend)
}

func (s *sim) rested() bool {
	return len(s.witness.phones) == 0 && len(s.restless()) == 0
}

// restless lists what is still under way although it should not be for ever.
func (s *sim) restless() (all []string) {
	for _, ref := range s.director.campaigns {
		c := s.witness.campaigns[ref.ID].campaign
		switch {
		case c.Status == campaign.Completed || c.Status == campaign.Cancelled:
		case c.Status != campaign.Active && c.Total == 0: // nobody was ever added
		case c.Status != campaign.Active && !c.EndAt.IsZero() && !c.EndAt.After(s.now): // its end has passed
		default:
			all = append(all, fmt.Sprintf("%s is %s", ref.ID, c.Status))
		}
	}
	for _, f := range s.witness.phones {
		if s.cfg.Log != nil || len(all) < 8 {
			all = append(all, fmt.Sprintf("%s is %s and holds its phone", f.rec, f.phase))
		}
	}
	return all
}
