package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A warm-up counts from a day that is said, shown where the number is shown, and
// can be changed.
func TestTheWarmUpOfANumber(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	o.open()
	o.says("instance", "create", "vendas", "--record")
	out := call(t, o.environ, "instance", "pace", "vendas", "--ramp", "20,40")
	require.Equal(t, exitOK, out.code, out.errout)
	require.Contains(t, out.out, "warm-up: day 1 of 2 (since ")
	require.Contains(t, out.out, "at most 20 today")
	require.Contains(t, out.errout, "The warm-up begins today; if the number is older: --active-since DATE")
	require.Regexp(t, `(?s)WARM-UP.* 1/2`, o.says("instance", "list"))
	require.Contains(t, o.says("instance", "state", "vendas"), "warm-up: day 1 of 2")

	o.says("campaign", "new", "A", "--instance", "vendas", "--message", "Oi", "--schedule", "immediate")
	require.Contains(t, o.says("campaign", "forecast", "1"), "vendas: warm-up: day 1 of 2")
	require.Contains(t, o.says("instance", "pace", "vendas", "--active-since", "01/02/2026"), "warm-up off: it is over since 2026-02-03\n")
	require.Contains(t, o.says("instance", "pace", "vendas", "--active-since", ""), "warm-up off: it caps nothing, since nobody has said which day is the number's first (campaignd instance pace --active-since DATE)")
	require.Contains(t, o.says("instance", "pace", "vendas", "--active-since", "today"), "warm-up: day 1 of 2")
	require.NotContains(t, o.says("instance", "pace", "vendas", "--ramp", "0"), "warm-up")
	require.Contains(t, o.refuses("instance", "pace", "vendas", "--active-since", "soon"), `--active-since: "soon" is no day: write it as 2026-12-31, or today`)
	require.Contains(t, o.says("instance", "create", "nova", "--ramp", "20", "--active-since", "2026-02-01"), "warm-up off: it is over since 2026-02-02")
}
