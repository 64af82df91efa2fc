package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/holiday"
)

type holidaysCommand struct {
	Year     string `arg:"" help:"The year, such as 2026."`
	State    string `help:"Add the holidays of a state, by its two letters." placeholder:"SP"`
	Optional bool   `help:"Add the days on which offices may close: Carnival, Ash Wednesday, Corpus Christi, 28 October."`
}

// Help is the long text of campaignd holidays --help.
func (holidaysCommand) Help() string {
	return `One day a line: date, weekday, kind, name. Half days say until when they last. The days are computed from the law and not typed in, for any year from 1950.

Examples:

  campaignd holidays 2026
  campaignd holidays 2027 --state SP --optional`
}

// Run lists the holidays.
func (c *holidaysCommand) Run(w *world) error {
	year, err := strconv.Atoi(c.Year)
	if err != nil || year < 1950 || year > 9999 {
		return locale.Errorf("%q não é um ano de 1950 a 9999", "%q is not a year from 1950 to 9999", c.Year)
	}
	days := []holiday.Calendar{holiday.Brazil}
	if c.State != "" {
		state, err := holiday.BrazilState(c.State)
		if err != nil {
			return fmt.Errorf("--state %s: %w", c.State, err)
		}
		days = append(days, state)
	}
	if c.Optional {
		days = append(days, holiday.BrazilOptional)
	}
	l := w.locale()
	kind := func(k holiday.Kind) string { return pad(string(k), 8) }
	if l.Portuguese() {
		kind = func(k holiday.Kind) string { return pad(kinds[k], 11) }
	}
	for _, d := range holiday.Year(holiday.Union(days...), year) {
		name := d.Name
		if !d.WholeDay() {
			name += l.Say(", até ", ", until ") + d.Until.String()
		}
		fmt.Fprintf(w.stdout, "%s  %s  %s  %s\n", d.Date, pad(l.Weekday(d.Date.Weekday()), 9), kind(d.Kind), name)
	}
	return nil
}

var kinds = map[holiday.Kind]string{holiday.National: "nacional", holiday.State: "estadual", holiday.Municipal: "municipal",
	holiday.Optional: "facultativo", holiday.Own: "próprio"}

// pad fills a text up to a number of columns.
func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-utf8.RuneCountInString(s), 0))
}
