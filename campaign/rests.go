package campaign

import (
	"time"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

// rests are the holidays that close the campaign's schedule on days which it has
// hours for, through that of the last send.
func (o *outlook) rests(last time.Time) (all []holiday.Day) {
	x, explains := o.window.(schedule.Explainer)
	if !explains || last.IsZero() {
		return nil
	}
	from := o.from.In(o.days.loc)
	y, m, d := from.Date()
	for at := from; !at.After(last); {
		if c, closed := x.Closed(at); closed && c.Reason == schedule.OnHoliday {
			all = append(all, c.Holiday)
		}
		d++
		at = time.Date(y, m, d, 0, 0, 0, 0, o.days.loc)
	}
	return all
}
