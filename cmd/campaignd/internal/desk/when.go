package desk

import (
	"strings"
	"time"
)

// instant reads a time of a zone; empty means none.
func (d *Desk) instant(text, zone string) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	loc, err := d.location(zone)
	if err != nil {
		return nil, err
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", time.RFC3339, "02/01/2006 15:04"} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return &t, nil
		}
	}
	return nil, d.fail("%q não é um horário: escreva como 31/12/2026 09:00", "%q is no time: write it as 2026-12-31 09:00", text)
}

// noonOf reads a day of a zone, as the noon of it; empty means none, and today
// the day that now is there.
func (d *Desk) noonOf(text, zone string) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	loc, err := d.location(zone)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(text) {
	case "today", "hoje":
		text = time.Now().In(loc).Format(time.DateOnly)
	}
	for _, layout := range []string{time.DateOnly, "02/01/2006"} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			t = t.Add(12 * time.Hour)
			return &t, nil
		}
	}
	return nil, d.fail("%q não é um dia: escreva como 31/12/2026, ou hoje", "%q is no day: write it as 2026-12-31, or today", text)
}

func (d *Desk) location(zone string) (*time.Location, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, d.fail("o fuso %q não é conhecido; escreva um como America/Sao_Paulo", "the zone %q is not known; write one like America/Sao_Paulo", zone)
	}
	return loc, nil
}

// date writes a day of a zone as the person does.
func (d *Desk) date(t time.Time, zone string) string {
	if loc, err := time.LoadLocation(zone); err == nil {
		t = t.In(loc)
	}
	if d.Portuguese {
		return t.Format("02/01/2006")
	}
	return t.Format(time.DateOnly)
}
