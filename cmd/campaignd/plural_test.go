package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Holidays are listed in the person's language.
func TestHolidaysInPortuguese(t *testing.T) {
	t.Parallel()
	out := call(t, []string{"LANG=pt_BR.UTF-8"}, "holidays", "2026", "--optional")
	require.Equal(t, exitOK, out.code, out.errout)
	require.Contains(t, out.out, "2026-12-25  sexta      nacional     Natal")
	require.Contains(t, out.out, "  facultativo  ")
	require.Contains(t, out.out, ", até 14:00")
	require.Contains(t, call(t, []string{"LANG=C"}, "holidays", "2026").out, "2026-12-25  Friday     national  Natal")
}
