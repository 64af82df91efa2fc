// Package locale is the language of the person at the terminal.
package locale

import (
	"fmt"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Locale is the language in which a person is answered: English or Portuguese.
type Locale struct{ Language campaign.Language }

// Of reads it from the environment, as LC_ALL, LC_MESSAGES and LANG tell it, in
// this order. It is English where they do not say.
func Of(env map[string]string) Locale {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env[name]; v != "" {
			if strings.HasPrefix(strings.ToLower(v), "pt") {
				return Locale{campaign.Portuguese}
			}
			break
		}
	}
	return Locale{campaign.English}
}

// Portuguese tells whether it is.
func (l Locale) Portuguese() bool { return l.Language == campaign.Portuguese }

// Say chooses one of two texts.
func (l Locale) Say(pt, en string) string {
	if l.Portuguese() {
		return pt
	}
	return en
}

// Count is a number with its noun: 1 person, 2 people.
func (l Locale) Count(n int64, pt1, pt, en1, en string) string {
	if n == 1 {
		return "1 " + l.Say(pt1, en1)
	}
	return fmt.Sprintf("%d %s", n, l.Say(pt, en))
}

// Weekday is a day's name.
func (l Locale) Weekday(d time.Weekday) string {
	return l.Say([...]string{"domingo", "segunda", "terça", "quarta", "quinta", "sexta", "sábado"}[d], d.String())
}

// Minute writes an instant to the minute, on the clock of its zone.
func (l Locale) Minute(t time.Time) string {
	if l.Portuguese() {
		return [...]string{"dom", "seg", "ter", "qua", "qui", "sex", "sáb"}[t.Weekday()] + t.Format(" 02/01/2006 15:04")
	}
	return t.Format("Mon 2006-01-02 15:04")
}

// Second writes an instant to the second, with its offset from UTC.
func (l Locale) Second(t time.Time) string {
	return t.Format(l.Say("02/01/2006 15:04:05 -07:00", "2006-01-02 15:04:05 -07:00"))
}

// Number writes a number with as many decimals.
func (l Locale) Number(x float64, decimals int) string {
	text := fmt.Sprintf("%.*f", decimals, x)
	if l.Portuguese() {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}
