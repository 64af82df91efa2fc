package demo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Of two bounds the one that was not asked for gives way.
func TestPace(t *testing.T) {
	for _, c := range []struct{ lo, hi, want string }{
		{"", "", "resting 20s to 50s between messages"},
		{"30s", "", "resting 30s to 50s between messages"},
		{"60s", "", "resting 1m0s to 1m0s between messages"},
		{"", "30s", "resting 20s to 30s between messages"},
		{"", "5s", "resting 5s to 5s between messages"},
		{"1s", "2s", "resting 1s to 2s between messages"},
		{"2s", "1s", "resting 2s to 1s between messages"}, // refused by the engine, in words
		{"0s", "0s", "without a rest"},
		{"", "0s", "without a rest"},
	} {
		var o Options
		if c.lo != "" {
			d, err := time.ParseDuration(c.lo)
			require.NoError(t, err)
			o.MinGap = &d
		}
		if c.hi != "" {
			d, err := time.ParseDuration(c.hi)
			require.NoError(t, err)
			o.MaxGap = &d
		}
		require.Equal(t, c.want, (&page{}).pace(o.pace(20*time.Second, 50*time.Second)), c)
	}
}

func TestNamesAreAbbreviated(t *testing.T) {
	for n, want := range map[int]string{
		1:  "vendas-1",
		4:  "vendas-1, vendas-2, vendas-3, vendas-4",
		50: "vendas-1, vendas-2, vendas-3, …, vendas-50",
	} {
		o := Options{Numbers: n}
		names, err := o.numbers()
		require.NoError(t, err)
		require.Equal(t, want, abbreviate(names))
	}
	for _, n := range []int{-1, 51} {
		o := Options{Numbers: n}
		_, err := o.numbers()
		require.ErrorContains(t, err, "choose from 1 to 50")
	}
}
