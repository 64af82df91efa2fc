package desk

import (
	"cmp"
	"fmt"

	"github.com/alreasense/campaigns/schedule"
)

// young are the flags about a number's first days.
type young struct {
	Ramp  []int   `help:"Warm-up of a young number: how many sends at most on its first, second, third day … : 20,40,80. 0 ends it." placeholder:"N,N,…"`
	Since *string `name:"active-since" help:"The first day of the number, from which --ramp counts: 2026-12-31, or today. Default: the day on which --ramp is set." placeholder:"DATE"`
}

// into adds what the flags ask for to a request about a number of a zone.
func (y *young) into(d *Desk, b map[string]any, zone string) error {
	if len(y.Ramp) == 1 && y.Ramp[0] == 0 {
		b["ramp"] = []int{}
	} else if len(y.Ramp) > 0 {
		b["ramp"] = y.Ramp
	}
	if y.Since != nil {
		since, err := d.noonOf(*y.Since, cmp.Or(zone, schedule.DefaultZone))
		if err != nil {
			return fmt.Errorf("--active-since: %w", err)
		}
		b["active_since"] = since
	}
	return nil
}

// told says when the first day was not named.
func (y *young) told(d *Desk, i instance) {
	if len(y.Ramp) > 0 && y.Since == nil && i.RampDay == 1 {
		d.note("O aquecimento começa hoje; se o número é de antes: --active-since DATA", "The warm-up begins today; if the number is older: --active-since DATE")
	}
}

// warmUp is where a number's warm-up stands; empty if it has none.
func (d *Desk) warmUp(i instance) string {
	switch {
	case len(i.Ramp) == 0:
		return ""
	case i.RampDay > 0 && i.RampDay <= len(i.Ramp) && i.Since != nil:
		return fmt.Sprintf(d.say("aquecimento: dia %d de %d (desde %s), hoje no máximo %d", "warm-up: day %d of %d (since %s), at most %d today"),
			i.RampDay, len(i.Ramp), d.date(*i.Since, i.Zone), i.Ramp[i.RampDay-1])
	case i.RampOff == nil:
		return ""
	}
	text := d.say("aquecimento desligado: ", "warm-up off: ") + printable(i.RampOff.Text)
	if i.Since == nil {
		text += d.say(" (campaignd instance pace --active-since DATA)", " (campaignd instance pace --active-since DATE)")
	}
	return text
}

// rampCell is the same in a cell.
func (d *Desk) rampCell(i instance) string {
	switch {
	case len(i.Ramp) == 0:
		return ""
	case i.RampDay > 0:
		return fmt.Sprintf("%d/%d", i.RampDay, len(i.Ramp))
	}
	return d.say("desligado", "off")
}

// warms are the lines about the warm-up of the numbers that will send.
func (d *Desk) warms(all []instance) (lines []string) {
	for _, i := range all {
		if text := d.warmUp(i); text != "" {
			lines = append(lines, printable(i.Name)+": "+text)
		}
	}
	return lines
}
