package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// forecast is what the API says a campaign will do.
type forecast struct {
	Zone    string           `json:"timezone"`
	Left    int64            `json:"left"`
	Sends   int64            `json:"sends"`
	Skips   int64            `json:"skips"`
	Unread  bool             `json:"unread"`
	Rest    int64            `json:"rest"`
	Why     *reason          `json:"reason"`
	FirstAt time.Time        `json:"first_at"`
	LastAt  time.Time        `json:"last_at"`
	Numbers []forecastNumber `json:"instances"`
	Days    []forecastDay    `json:"days"`
	Rests   []holiday        `json:"rests"`
	Faults  []Fault          `json:"obstacles"`
}

type forecastDay struct {
	Date    string           `json:"date"`
	Sends   int64            `json:"sends"`
	Numbers []forecastNumber `json:"instances"`
	Waits   []forecastWait   `json:"waits"`
}

// forecastNumber is a number on one day, or altogether: then it has a name.
type forecastNumber struct {
	Instance int64   `json:"instance"`
	Name     string  `json:"friendly_name"`
	Sends    int64   `json:"sends"`
	Why      *reason `json:"reason"`
}

type forecastWait struct {
	reason
	Seconds int64 `json:"seconds"`
}

type campaignForecast struct{ one }

// Run shows what a campaign will do if nothing goes wrong.
func (c *campaignForecast) Run(ctx context.Context, d *Desk) error {
	x, err := c.get(ctx, d)
	if err != nil {
		return err
	}
	p, err := c.Number.path("forecast")
	if err != nil {
		return err
	}
	if d.JSON {
		var v json.RawMessage
		if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: p}, &v); err != nil {
			return err
		}
		return d.print(v)
	}
	f, err := d.forecast(ctx, c.Number)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "%s  %s  %s\n", x.code(), printable(x.Name), x.StatusText)
	for _, line := range d.outlook(f) {
		fmt.Fprintln(d.Out, line)
	}
	d.forecastDays(f)
	for _, n := range f.Numbers {
		if n.Why != nil {
			d.tell("%s para antes: %s", "%s stops before: %s", printable(n.Name), printable(n.Why.Text))
		}
	}
	numbers, err := d.numbersOf(ctx, x.Instances)
	if err != nil {
		return err
	}
	for _, line := range d.warms(numbers) {
		fmt.Fprintln(d.Out, line)
	}
	if len(f.Faults) > 0 {
		d.tell("antes do início falta:", "before a start:")
		for _, x := range f.Faults {
			fmt.Fprintf(d.Out, "  %s: %s\n", x.Field, printable(x.Detail))
		}
	}
	d.warn(x, false)
	return nil
}

func (d *Desk) forecast(ctx context.Context, n number) (f forecast, err error) {
	p, err := n.path("forecast")
	if err != nil {
		return f, err
	}
	return f, d.API.Do(ctx, Request{Method: http.MethodGet, Path: p}, &f)
}

// outlook is a forecast in a few lines.
func (d *Desk) outlook(f forecast) (lines []string) {
	say := func(pt, en string, args ...any) { lines = append(lines, fmt.Sprintf(d.say(pt, en), args...)) }
	if f.Left == 0 {
		say("não falta enviar a ninguém", "nobody is left to send to")
		return lines
	}
	if f.Sends > 0 {
		say("%s: o primeiro %s, o último %s", "%s: the first %s, the last %s", d.count(f.Sends, "envio", "envios", "send", "sends"), d.there(f.FirstAt, f.Zone), d.there(f.LastAt, f.Zone))
	}
	if f.Skips > 0 {
		say("de fora: %s (descadastradas, apagadas ou sem texto possível)", "left out: %s (opted out, erased, or no text for them)", d.people(f.Skips))
	}
	if f.Rest > 0 && f.Why != nil {
		say("não alcançadas: %s: %s", "not reached: %s: %s", d.people(f.Rest), printable(f.Why.Text))
	}
	if f.Unread {
		say("o público é grande demais para olhar cada pessoa: quem será pulado conta como envio",
			"the audience is too large to look at each person: who will be left out counts as a send")
	}
	if len(f.Rests) > 0 {
		var days []string
		for _, h := range f.Rests[:min(len(f.Rests), 5)] {
			days = append(days, d.whole(h))
		}
		more := ""
		if n := len(f.Rests) - len(days); n > 0 {
			more = fmt.Sprintf(d.say(" e mais %d", " and %d more"), n)
		}
		say("sem envios por ser feriado: %s%s (campaignd calendar)", "holidays without sends: %s%s (campaignd calendar)", strings.Join(days, ", "), more)
	}
	return lines
}

// forecastDays prints the days, each with what its numbers wait for most.
func (d *Desk) forecastDays(f forecast) {
	if len(f.Days) == 0 {
		return
	}
	t := table{head: []string{d.say("DIA", "DAY"), d.say("ENVIOS", "SENDS"), d.say("NÚMEROS", "NUMBERS"), d.say("ESPERAS, POR NÚMERO", "WAITS, A NUMBER")},
		right: map[int]bool{1: true}}
	names := make(map[int64]string)
	for _, n := range f.Numbers {
		names[n.Instance] = n.Name
	}
	for _, day := range f.Days {
		var from, waits []string
		for _, n := range day.Numbers {
			from = append(from, fmt.Sprintf("%s %d", names[n.Instance], n.Sends))
		}
		if more := len(from) - 3; more > 1 {
			from = append(from[:3], fmt.Sprintf("+%d", more))
		}
		for _, w := range day.Waits {
			waits = append(waits, fmt.Sprintf("%s %s", hours(w.Seconds), w.Text))
		}
		t.add(d.day(day.Date), day.Sends, strings.Join(from, ", "), strings.Join(waits, "; "))
	}
	t.print(d.Out, d.Width)
}

// there writes an instant by the clock of a zone, since that is whose days a
// forecast counts; where the person has another one, it is named.
func (d *Desk) there(t time.Time, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return d.at(t)
	}
	local := *d
	local.Zone = loc
	if text := local.at(t); text == d.at(t) {
		return text
	}
	return local.at(t) + " (" + zone + ")"
}

// hours writes a wait as 9:05 h.
func hours(seconds int64) string {
	m := (seconds + 30) / 60
	return fmt.Sprintf("%d:%02d h", m/60, m%60)
}

// day writes a date as the person does, with the day of the week.
func (d *Desk) day(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	if !d.Portuguese {
		return t.Format("Mon 2006-01-02")
	}
	return [...]string{"dom", "seg", "ter", "qua", "qui", "sex", "sáb"}[t.Weekday()] + t.Format(" 02/01/2006")
}
