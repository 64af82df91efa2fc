package schedule_test

import (
	"testing"
	"time"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

func BenchmarkNext(b *testing.B) {
	for _, c := range []struct{ name, text, at string }{
		{"immediate", "immediate", "2025-06-10 10:00"},
		{"open", "business days", "2025-06-10 10:00"},
		{"open/no_holidays", "business hours", "2025-06-10 10:00"},
		{"overnight", "business days", "2025-06-10 20:00"},
		{"weekend", "business days", "2025-06-13 20:00"},
		{"carnival", "business days", "2025-02-28 20:00"},
		{"lunch", "mon-fri 09:00-12:00 13:30-18:00, skip holidays", "2025-06-10 12:30"},
	} {
		b.Run(c.name, func(b *testing.B) {
			w, loc := window(b, c.text, of2025)
			now := at(b, loc, c.at).UTC()
			b.ReportAllocs()
			for b.Loop() {
				w.Next(now)
			}
		})
	}
	b.Run("carnival/brazil", func(b *testing.B) {
		w, loc := window(b, "business days", holiday.Union(holiday.Brazil, holiday.BrazilOptional))
		now := at(b, loc, "2025-02-28 20:00")
		b.ReportAllocs()
		for b.Loop() {
			w.Next(now)
		}
	})
	b.Run("never", func(b *testing.B) {
		w, loc := window(b, "business days", eachDay{})
		now := at(b, loc, "2025-06-10 10:00")
		b.ReportAllocs()
		for b.Loop() {
			w.Next(now)
		}
	})
	b.Run("and", func(b *testing.B) {
		w, loc := window(b, "business days", of2025)
		now := at(b, loc, "2025-06-13 20:00")
		w = schedule.And(w, schedule.Between(now.Add(-time.Hour), now.AddDate(0, 1, 0)))
		b.ReportAllocs()
		for b.Loop() {
			w.Next(now)
		}
	})
	b.Run("and/never", func(b *testing.B) {
		x, loc := window(b, "every day 09:00-12:00", nil)
		y, _ := window(b, "every day 13:00-18:00", nil)
		w, now := schedule.And(x, y), at(b, loc, "2025-06-13 20:00")
		for b.Loop() {
			w.Next(now)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"kind":   "business days",
		"custom": "mon-fri 09:00-12:00 13:30-18:00; sat 09:00-13:00, skip holidays, zone America/Manaus",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := schedule.Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
