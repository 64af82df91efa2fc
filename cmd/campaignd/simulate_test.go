package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign/simulation"
	"github.com/stretchr/testify/require"
)

func simulate(t *testing.T, ctx context.Context, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(ctx, append([]string{"simulate"}, args...), nil, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// A line for each seed, the sum, and the same history every time.
func TestSimulate(t *testing.T) {
	lines := func(s string) []string {
		return regexp.MustCompile(`(?m)^seed .* trace ([0-9a-f]{16}) .*ok$`).FindAllString(s, -1)
	}
	traces := func(s string) []string { return regexp.MustCompile(`trace [0-9a-f]{16}`).FindAllString(s, -1) }
	code, out, errs := simulate(t, t.Context(), "--seeds", "2", "--days", "1", "--seed", "7", "--workers", "1", "--people", "40")
	require.Zero(t, code, errs)
	require.Len(t, lines(out), 2, out)
	require.Contains(t, out, "violations  0 seeds")
	require.Contains(t, out, "0 of them falsely")
	_, again, _ := simulate(t, t.Context(), "--seeds", "2", "--days", "1", "--seed", "7", "--workers", "1", "--people", "40")
	require.Equal(t, traces(out), traces(again))
}

// The store on disk plays the same kind of world.
func TestSimulateSQLite(t *testing.T) {
	code, out, errs := simulate(t, t.Context(), "--seeds", "1", "--days", "1", "--seed", "3", "--store", "sqlite", "--people", "20", "--dense")
	require.Zero(t, code, errs)
	require.Contains(t, out, "violations  0 seeds")
}

// With -v every decision is told.
func TestSimulateVerbose(t *testing.T) {
	code, out, errs := simulate(t, t.Context(), "--seeds", "1", "--days", "1", "-v")
	require.Zero(t, code, errs)
	require.Contains(t, out, "daemon-1.1 starts")
	require.Contains(t, out, "the faults stop")
}

func TestSimulateRefuses(t *testing.T) {
	for _, args := range []string{"--seeds 0", "--days 0", "--days 99999", "--workers=-1"} {
		code, _, errs := simulate(t, t.Context(), strings.Fields(args)...)
		require.Equal(t, exitFail, code, args)
		require.Contains(t, errs, "must be at least 1", args)
	}
	code, _, errs := simulate(t, t.Context(), "--store", "paper")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "memory")
}

// A broken promise is exit code 1, and so is a run that did not end.
func TestSimulateFails(t *testing.T) {
	var out bytes.Buffer
	r := &rehearsal{c: &simulateCommand{Seeds: 3}, out: &out, played: 3, broken: 1}
	require.ErrorContains(t, r.sum(), "1 of 3 seeds broke a promise")
	require.Contains(t, verdict(simulation.Result{Violations: []simulation.Violation{{Rule: "I1"}}}), "1 VIOLATIONS")

	ended, end := context.WithCancel(t.Context())
	end()
	code, _, errs := simulate(t, ended, "--seeds", "2")
	require.Equal(t, exitFail, code)
	require.Contains(t, errs, "interrupted after 0 of 2 seeds")
}
