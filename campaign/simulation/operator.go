package simulation

import (
	"context"
	"errors"
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
	"github.com/rickb777/date"
)

// order is a command that somebody gives now and then, and how often compared
// with the others.
type order struct {
	name   string
	weight int
	give   func(d *director, t *task, c campaign.Ref) error
}

var orders = []order{
	{"pause", 8, (*director).pause},
	{"resume", 8, (*director).resume},
	{"cancel", 1, (*director).cancel},
	{"reopen", 4, (*director).reopen},
	{"add", 4, (*director).add},
	{"edit", 4, (*director).edit},
	{"unschedule", 1, (*director).unschedule},
	{"delete", 1, (*director).remove},
	{"opt out", 4, (*director).optOut},
	{"opt in", 2, (*director).optIn},
	{"calendar", 1, (*director).calendar},
	{"decide", 12, (*director).decide},
	{"stop all", 2, (*director).stopAll},
	{"resume all", 6, (*director).resumeAll},
	{"heard", 6, (*director).heard},
	{"release", 3, (*director).release},
	{"look", 4, (*director).look},
}

// commands gives one order after the other until the faults stop.
func (d *director) commands() {
	s := d.s
	s.after(s.within(0, 4*s.nature.Every), func() {
		if s.calm {
			return
		}
		if len(d.campaigns) > 0 {
			c := pick(s, d.campaigns...)
			o := d.draw()
			d.give(o.name+" "+c.ID.String(), func(t *task) error { return o.give(d, t, c) })
		}
		d.commands()
	})
}

func (d *director) draw() order {
	sum := 0
	for _, o := range orders {
		sum += o.weight
	}
	n := d.s.rng.IntN(sum)
	for _, o := range orders {
		if n -= o.weight; n < 0 {
			return o
		}
	}
	return orders[0]
}

func (d *director) pause(t *task, c campaign.Ref) error {
	return t.stopCampaign(c, func(ctx context.Context) (campaign.Stopped, error) {
		return t.as(c.Tenant).Pause(ctx, c.ID, "simulated")
	})
}

func (d *director) cancel(t *task, c campaign.Ref) error {
	return t.stopCampaign(c, func(ctx context.Context) (campaign.Stopped, error) {
		return t.as(c.Tenant).Cancel(ctx, c.ID, "simulated")
	})
}

func (t *task) stopCampaign(c campaign.Ref, command func(context.Context) (campaign.Stopped, error)) error {
	stopped, proven, err := t.halt(c.ID, command)
	if proven {
		t.s.witness.stopped(t.p, c.ID, stopped.InFlight)
	}
	return err
}

func (d *director) resume(t *task, c campaign.Ref) error {
	_, err := t.as(c.Tenant).Resume(background, c.ID)
	return err
}

func (d *director) reopen(t *task, c campaign.Ref) error {
	s := d.s
	_, err := t.as(c.Tenant).Reopening().Add(background, c.ID, campaign.Everyone(people(s.rng.IntN(s.cfg.Audience), 1+s.rng.IntN(5))...))
	return err
}

func (d *director) add(t *task, c campaign.Ref) error {
	s := d.s
	n := 1 + s.rng.IntN(min(30, s.cfg.Audience))
	_, err := t.as(c.Tenant).Add(background, c.ID, campaign.Everyone(people(s.rng.IntN(s.cfg.Audience), n)...))
	return err
}

func (d *director) edit(t *task, c campaign.Ref) error {
	s, me := d.s, t.as(c.Tenant)
	was, err := me.Campaign(background, c.ID)
	if err != nil {
		return err
	}
	_, err = me.Edit(background, c.ID, was.Rev, func(in *campaign.Draft) error {
		switch s.rng.IntN(3) {
		case 0:
			in.Messages[0].Text = pick(s, "Oi {{nome}}", "Bom dia, {{nome}}")
		case 1:
			in.Schedule = pick(s, schedule.Spec{}, schedule.Spec{Kind: schedule.KindBusinessDays}, schedule.Spec{Kind: schedule.KindBusinessHours})
		default:
			in.AtLeastOnce = !in.AtLeastOnce
		}
		return nil
	})
	return err
}

func (d *director) unschedule(t *task, c campaign.Ref) error {
	_, err := t.as(c.Tenant).Unschedule(background, c.ID)
	return err
}

func (d *director) remove(t *task, c campaign.Ref) error {
	return t.as(c.Tenant).Delete(background, c.ID)
}

func (d *director) somebody() contact.Phone { return phone(d.s.rng.IntN(2 * d.s.cfg.Audience)) }

func (d *director) optOut(t *task, c campaign.Ref) error {
	return t.as(c.Tenant).OptOut(background, campaign.Because(campaign.CodeByPerson), d.somebody(), d.somebody())
}

func (d *director) optIn(t *task, c campaign.Ref) error {
	return t.as(c.Tenant).OptIn(background, campaign.Because(campaign.CodeByPerson, "reason", "simulated"), d.somebody())
}

// calendar switches the optional days, or makes a holiday of today.
func (d *director) calendar(t *task, c campaign.Ref) error {
	me := t.as(c.Tenant)
	cal, err := me.Calendar(background)
	if err != nil {
		return err
	}
	if cal.Optional = !cal.Optional; cal.Optional {
		today := date.NewAt(d.s.now.In(saoPaulo))
		cal.Days = []holiday.Day{{Date: today, Name: "Ponte", Kind: holiday.Own}}
	}
	_, err = me.SetCalendar(background, cal)
	return err
}

// decide settles somebody whose outcome is unknown, or tries to before it may.
func (d *director) decide(t *task, c campaign.Ref) error {
	s := d.s
	var lost []campaign.RecipientID
	err := s.store.Tenant(c.Tenant).View(background, func(r campaign.Reader) error {
		open, err := r.Flights(c.ID)
		for i := range open {
			if open[i].Phase == campaign.Lost {
				lost = append(lost, open[i].Recipient)
			}
		}
		return err
	})
	if err != nil || len(lost) == 0 {
		return err
	}
	slices.SortFunc(lost, func(a, b campaign.RecipientID) int { return int(a.Position - b.Position) })
	for range 1 + s.rng.IntN(4) {
		what := pick(s, campaign.MarkSent, campaign.MarkNotSent, campaign.Resend)
		e := t.as(c.Tenant).Reopening().Decide(background, pick(s, lost...), what, "simulated")
		if !errors.Is(e, campaign.ErrConflict) {
			err = e
		}
	}
	return err
}

func (d *director) stopAll(t *task, _ campaign.Ref) error {
	t.stopAll()
	d.s.figures.Pauses++
	return nil
}

func (d *director) resumeAll(t *task, _ campaign.Ref) error {
	for _, p := range d.s.alive() {
		if err := p.engine.ResumeAll(background, "simulated"); err != nil {
			return err
		}
		p.stopped = false
		p.rouse()
	}
	return nil
}

func (d *director) heard(t *task, c campaign.Ref) error {
	s := d.s
	is := pick(s, campaign.ConnectionOpen, campaign.ConnectionOpen, campaign.ConnectionClosed, campaign.ConnectionConnecting)
	return t.as(c.Tenant).Heard(background, pick(s, d.numbers[c.Tenant]...), is)
}

func (d *director) release(t *task, c campaign.Ref) error {
	return t.as(c.Tenant).Release(background, pick(d.s, d.numbers[c.Tenant]...))
}

// look asks the questions that change nothing.
func (d *director) look(t *task, c campaign.Ref) error {
	me := t.as(c.Tenant)
	_, err := me.Numbers(background)
	if err == nil {
		_, err = me.Campaigns(background, campaign.CampaignQuery{})
	}
	if err == nil {
		_, err = me.OptedOut(background, d.somebody())
	}
	return err
}
