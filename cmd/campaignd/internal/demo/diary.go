package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/rickb777/date"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

// diary prints the days of a run as they pass.
type diary struct {
	page   *page
	loc    *time.Location
	window schedule.Window
	days   holiday.Calendar
	from   time.Time

	today       date.Date
	first, last time.Time // of today's sends
	sent, seen  int       // today's, and all before
	busy        int       // days with a send
}

func newDiary(c campaign.Campaign, from time.Time, s *campaign.Service, p *page) (*diary, error) {
	cal, err := s.Calendar(context.Background())
	if err != nil {
		return nil, err
	}
	d := &diary{page: p, from: from}
	if d.days, err = cal.Compile(); err != nil {
		return nil, err
	}
	if d.loc, err = c.Schedule.Location(); err != nil {
		return nil, err
	}
	if d.window, err = c.Schedule.Window(d.days); err != nil {
		return nil, err
	}
	d.today = date.NewAt(from.In(d.loc))
	return d, nil
}

// note takes down that the gateway has performed n messages by now.
func (d *diary) note(now time.Time, n int) {
	if n == d.seen {
		return
	}
	if d.sent == 0 {
		d.first = now
	}
	d.last = now
	d.sent += n - d.seen
	d.seen = n
}

// pass prints the days that end before next.
func (d *diary) pass(next time.Time) {
	for to := date.NewAt(next.In(d.loc)); d.today.Before(to); d.today = d.today.Add(1) {
		d.print()
	}
}

// end prints the last day.
func (d *diary) end(now time.Time) {
	d.pass(now)
	d.print()
}

// print writes today's line and turns the page.
func (d *diary) print() {
	head := fmt.Sprintf("  %s  %-9s  ", d.today.Format(d.page.Say("02/01/2006", "2006-01-02")), d.page.Weekday(d.today.Weekday()))
	if d.sent > 0 {
		d.busy++
		line := fmt.Sprintf(d.page.Say("%5d enviadas, de %s a %s", "%5d sent, %s to %s"), d.sent, d.first.In(d.loc).Format("15:04:05"), d.last.In(d.loc).Format("15:04:05"))
		if h, ok := d.days.Holiday(d.today); ok && !h.WholeDay() {
			line += fmt.Sprintf(d.page.Say("   (%s até %s)", "   (%s until %s)"), h.Name, h.Until)
		}
		d.page.say("%s%s", head, line)
	} else {
		d.page.say("%s    - %s", head, d.why())
	}
	d.sent = 0
}

// why tells why a day had no send.
func (d *diary) why() string {
	morning := time.Date(d.today.Year(), d.today.Month(), d.today.Day(), 0, 0, 0, 0, d.loc)
	if morning.Before(d.from) {
		morning = d.from
	}
	night := time.Date(d.today.Year(), d.today.Month(), d.today.Day()+1, 0, 0, 0, 0, d.loc)
	if at := d.window.Next(morning); !at.IsZero() && at.Before(night) {
		return d.page.Say("ninguém na vez", "nobody was due")
	}
	x, ok := d.window.(schedule.Explainer)
	if !ok {
		return d.page.Say("fora do horário", "outside the schedule")
	}
	c, _ := x.Closed(morning)
	switch c.Reason {
	case schedule.OnHoliday:
		kind := ""
		if c.Holiday.Kind != holiday.National {
			kind = ", " + d.page.kind(c.Holiday.Kind)
		}
		return d.page.Say("feriado: ", "holiday: ") + c.Holiday.Name + kind
	case schedule.OnWeekend:
		return d.page.Say("fim de semana", "weekend")
	case schedule.OnWeekday:
		return d.page.Say("fechado neste dia da semana", "closed on this day of the week")
	case schedule.OutsideHours:
		return d.page.Say("fora do horário deste dia", "outside the hours of this day")
	}
	return d.page.Say("fechado", "closed")
}
