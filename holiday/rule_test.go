package holiday

import (
	"testing"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"
)

// Rules are asked by month. Asked one after the other, they give the same.
func TestTable_index(t *testing.T) {
	tables := []*table{Brazil.(*table), BrazilOptional.(*table)}
	for _, uf := range States() {
		tables = append(tables, states[uf])
	}
	tables = append(tables, tableOf([]rule{
		easterPlus(-80, "Janeiro", ""), easterPlus(-50, "", ""), easterPlus(97, "Julho", ""),
		on(2, 29, "Bissexto", ""), on(12, 31, "Fim", ""), on(1, 1, "Começo", ""),
		on(8, 3, "Antecipado", "").moved(func(d date.Date) date.Date { return d.Add(-6) }),
		on(8, 29, "Adiado", "").moved(func(d date.Date) date.Date { return d.Add(6) }),
	}))
	for _, table := range tables {
		for year := 1948; year <= 2110; year++ {
			want := map[date.Date]*Day{}
			for i := range table.rules {
				r := &table.rules[i]
				d := r.date(year)
				if !r.in(year) || r.dom == 29 && r.month == 2 && !date.IsLeap(year) {
					continue
				}
				require.Equal(t, year, d.Year(), "%s leaves its year", r.day.Name)
				if want[d] == nil || stricter(&r.day, want[d]) {
					want[d] = &r.day
				}
			}
			for d := date.New(year, 1, 1); d.Year() == year; d = d.Add(1) {
				got, ok := table.Holiday(d)
				require.Equal(t, want[d] != nil, ok, d)
				if ok {
					expect := *want[d]
					expect.Date = d
					require.Equal(t, expect, got)
				}
			}
		}
	}
}

// A move that is longer than rule promises would be missed by the index.
func TestRule_moves(t *testing.T) {
	for _, uf := range States() {
		for _, r := range states[uf].rules {
			for year := 1950; r.move != nil && year <= 2400; year++ {
				by := r.date(year).Sub(date.New(year, r.month, r.dom))
				require.LessOrEqual(t, max(by, -by), date.PeriodOfDays(6), "%s %s %d", uf, r.day.Name, year)
			}
		}
	}
}

// Two laws for one day follow each other and do not overlap.
func TestRule_rangesDoNotOverlap(t *testing.T) {
	tables := map[string]*table{"Brazil": Brazil.(*table), "BrazilOptional": BrazilOptional.(*table)}
	for _, uf := range States() {
		tables[uf] = states[uf]
	}
	for name, table := range tables {
		for i, a := range table.rules {
			require.GreaterOrEqual(t, a.first, 1950, "%s %s", name, a.day.Name)
			require.True(t, a.last == 0 || a.last >= a.first, "%s %s", name, a.day.Name)
			for _, b := range table.rules[i+1:] {
				if a.day.Name == b.day.Name {
					require.True(t, a.last != 0 && a.last < b.first, "%s %s: %q and %q", name, a.day.Name, a.day.Source, b.day.Source)
				}
			}
		}
	}
}

// Only calendars that this package knows not to change are merged.
func TestUnion_merges(t *testing.T) {
	sp, err := BrazilState("SP")
	require.NoError(t, err)
	require.IsType(t, &table{}, Union(Brazil, BrazilOptional, sp))
	own, err := NewDays(Day{Name: "x"})
	require.NoError(t, err)
	require.Len(t, Union(Union(Brazil, own), Union(own, sp)), 3)
	require.True(t, Brazil == Union(nil, Brazil), "one calendar is itself")
}
