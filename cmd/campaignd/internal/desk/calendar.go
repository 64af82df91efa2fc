package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	days "github.com/alreasense/campaigns/holiday"
)

const (
	calendarPath = "/api/campaigns/calendar/"
	holidaysPath = "/api/campaigns/holidays/"
)

// Calendar are the commands about the tenant's holidays.
type Calendar struct {
	Show   calendarShow   `cmd:"" default:"withargs" help:"Show which holidays count, and those of a year."`
	Set    calendarSet    `cmd:"" help:"Choose the states and the optional days that count."`
	Add    calendarAdd    `cmd:"" help:"Add a day of your own: the town's, the company's."`
	Remove calendarRemove `cmd:"" help:"Remove a day of your own."`
}

// Help is the long text of campaignd calendar --help.
func (Calendar) Help() string {
	return `On holidays nothing is sent by campaigns of business_days, and of hours that say "skip holidays". Brazil's national ones always count. Carnival, Ash Wednesday until 14:00, Corpus Christi and 28 October count until you say otherwise. A change counts at once, for campaigns that run, too; campaign forecast names the days.

Examples:

  campaignd calendar --year 2027
  campaignd calendar set --state SP --no-optional
  campaignd calendar add 2027-01-25 "Aniversário de São Paulo" --municipal --yearly
  campaignd calendar add 2026-12-24 "Véspera de Natal" --until 12:00
  campaignd calendar remove 2026-12-24`
}

// holidays are which days count.
type holidays struct {
	States   []string `json:"states"`
	Optional bool     `json:"optional"`
	Rev      int64    `json:"rev"`
}

type holiday struct {
	ID     int64   `json:"id"`
	Date   string  `json:"date"`
	Name   string  `json:"name"`
	Kind   string  `json:"kind"`
	Own    bool    `json:"is_own"`
	Yearly bool    `json:"is_yearly"`
	Until  *string `json:"until"`
}

// whole is a holiday in one phrase: its day, its name, and until when it lasts.
func (d *Desk) whole(h holiday) string {
	text := d.day(h.Date) + " " + printable(h.Name)
	if h.Until != nil {
		text += d.say(" até ", " until ") + *h.Until
	}
	return text
}

func (d *Desk) kindOfDay(h holiday) string {
	kind := h.Kind
	if d.Portuguese {
		kind = map[string]string{"national": "nacional", "state": "estadual", "municipal": "municipal", "optional": "ponto facultativo", "own": "próprio"}[kind]
	}
	if h.Yearly {
		kind += d.say(", todo ano", ", every year")
	}
	return kind
}

type calendarShow struct {
	Flags
	Year int `help:"The year. Default: this one." placeholder:"2027"`
}

// Run shows the calendar.
func (c *calendarShow) Run(ctx context.Context, d *Desk) error {
	var k holidays
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: calendarPath}, &k); err != nil {
		return err
	}
	year := c.Year
	if year == 0 {
		year = time.Now().In(d.Zone).Year()
	}
	days, err := d.daysOf(ctx, year)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(map[string]any{"states": k.States, "optional": k.Optional, "rev": k.Rev, "days": days})
	}
	d.counting(k)
	t := table{head: []string{d.say("DIA", "DAY"), d.say("TIPO", "KIND"), d.say("FERIADO", "HOLIDAY")}}
	for _, h := range days {
		name := h.Name
		if h.Until != nil {
			name += d.say(", até ", ", until ") + *h.Until
		}
		t.add(d.day(h.Date), d.kindOfDay(h), name)
	}
	t.print(d.Out, d.Width)
	return nil
}

func (d *Desk) daysOf(ctx context.Context, year int) ([]holiday, error) {
	all, _, err := list[holiday](ctx, d.API, holidaysPath, url.Values{"year": {strconv.Itoa(year)}}, 0)
	return all, err
}

// counting says which days count.
func (d *Desk) counting(k holidays) {
	states := d.say("nenhum", "none")
	if len(k.States) > 0 {
		states = strings.Join(k.States, ", ")
	}
	optional := d.say("não contam", "do not count")
	if k.Optional {
		optional = d.say("contam", "count")
	}
	d.tell("feriados estaduais: %s", "holidays of states: %s", states)
	d.tell("pontos facultativos (Carnaval, Quarta-feira de Cinzas, Corpus Christi, 28 de outubro): %s",
		"optional days (Carnival, Ash Wednesday, Corpus Christi, 28 October): %s", optional)
}

type calendarSet struct {
	Flags
	State    *[]string `help:"The states whose holidays count, by their two letters: SP,RJ. Replaces those that did; empty is none." placeholder:"UF,…"`
	Optional *bool     `help:"Whether Carnival, Ash Wednesday, Corpus Christi and 28 October count." negatable:""`
}

// Run chooses them.
func (c *calendarSet) Run(ctx context.Context, d *Desk) error {
	b := map[string]any{}
	if c.State != nil {
		states := []string{}
		for _, s := range *c.State {
			if s = strings.ToUpper(strings.TrimSpace(s)); s == "" {
				continue
			}
			if !slices.Contains(days.States(), s) {
				return d.fail("%q não é a sigla de um estado: escreva uma de %s", "%q is no state: write one of %s", s, strings.Join(days.States(), ", "))
			}
			states = append(states, s)
		}
		b["states"] = states
	}
	if c.Optional != nil {
		b["optional"] = *c.Optional
	}
	if len(b) == 0 {
		return d.fail("diga o que muda: --state SP, --optional ou --no-optional", "say what changes: --state SP, --optional or --no-optional")
	}
	var k holidays
	if err := d.API.Do(ctx, Request{Method: http.MethodPatch, Path: calendarPath, Body: b}, &k); err != nil {
		return err
	}
	if d.JSON {
		return d.print(k)
	}
	d.counting(k)
	return nil
}

type calendarAdd struct {
	Flags
	Date      string `arg:"" help:"The day: 2026-12-24, or 24/12/2026."`
	Name      string `arg:"" help:"What it is; people read it as the reason why nothing is sent."`
	Yearly    bool   `help:"Every year from this one on."`
	Municipal bool   `help:"A holiday of the town."`
	Until     string `help:"Only until this hour; after it the day is an ordinary one." placeholder:"HH:MM"`
}

// Run adds a day.
func (c *calendarAdd) Run(ctx context.Context, d *Desk) error {
	date, err := d.isoDay(c.Date)
	if err != nil {
		return err
	}
	b := map[string]any{"date": date, "name": c.Name, "is_yearly": c.Yearly}
	if c.Municipal {
		b["kind"] = "municipal"
	}
	if c.Until != "" {
		b["until"] = c.Until
	}
	var h holiday
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: holidaysPath, Body: b}, &h); err != nil {
		return err
	}
	if d.JSON {
		return d.print(h)
	}
	fmt.Fprintf(d.Out, "%s  (%s)\n", d.whole(h), d.kindOfDay(h))
	return nil
}

// isoDay reads a day as people write it.
func (d *Desk) isoDay(text string) (string, error) {
	for _, layout := range []string{time.DateOnly, "02/01/2006"} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	return "", d.fail("%q não é um dia: escreva como 31/12/2026", "%q is no day: write it as 2026-12-31", text)
}

type calendarRemove struct {
	Flags
	Date string `arg:"" help:"The day; of a yearly one, that of any year."`
}

// Run removes a day.
func (c *calendarRemove) Run(ctx context.Context, d *Desk) error {
	date, err := d.isoDay(c.Date)
	if err != nil {
		return err
	}
	year, _ := strconv.Atoi(date[:4])
	days, err := d.daysOf(ctx, year)
	if err != nil {
		return err
	}
	computed := ""
	for _, h := range days {
		switch {
		case h.Date != date:
		case h.Own:
			return d.API.Do(ctx, Request{Method: http.MethodDelete, Path: holidaysPath + strconv.FormatInt(h.ID, 10) + "/"}, nil)
		default:
			computed = printable(h.Name)
		}
	}
	if computed != "" {
		return d.fail("%s é feriado por lei ou costume (%s), e não um dia seu; os estaduais e os facultativos se escolhem com campaignd calendar set",
			"%s is a holiday by law or custom (%s), and none of your own; those of states and the optional ones are chosen with campaignd calendar set", d.day(date), computed)
	}
	return d.fail("nenhum dia seu em %s; campaignd calendar --year %d lista todos", "no day of your own on %s; campaignd calendar --year %d lists all", d.day(date), year)
}
