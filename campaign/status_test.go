package campaign

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every pair of status and command is written down here; the table in status.go
// must say the same. A minus is refused.
func TestTransitionsAllPairs(t *testing.T) {
	const table = `
	              draft     scheduled active    paused    completed cancelled
	schedule      scheduled -         -         -         -         -
	unschedule    -         draft     -         -         -         -
	start         active    active    -         -         -         -
	pause         -         -         paused    paused    -         -
	resume        -         -         -         active    -         -
	cancel        cancelled cancelled cancelled cancelled -         cancelled
	complete      -         -         completed -         -         -
	reopen        -         -         -         -         active    -
	edit          draft     scheduled -         paused    -         -
	add           draft     scheduled active    paused    -         -
	leave_out     draft     scheduled active    paused    -         -
	delete        draft     -         -         -         completed cancelled`
	lines := strings.Split(strings.TrimSpace(table), "\n")
	heads := strings.Fields(lines[0])
	require.Len(t, heads, len(Statuses()))
	require.Len(t, lines[1:], len(Commands()))
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		require.Len(t, cells, len(heads)+1, line)
		for i, want := range cells[1:] {
			from, cmd := Status(heads[i]), Command(cells[0])
			t.Run(fmt.Sprintf("TestLesson_C6_%s_%s", cmd, from), func(t *testing.T) {
				got, err := from.After(cmd)
				if want == "-" {
					require.ErrorIs(t, err, ErrConflict)
					var te *TransitionError
					require.True(t, errors.As(err, &te))
					require.Equal(t, from, got, "a refused command must not move the status")
					require.Contains(t, err.Error(), string(cmd))
					return
				}
				require.NoError(t, err)
				require.Equal(t, Status(want), got)
			})
		}
	}
	for _, s := range Statuses() {
		require.True(t, s.Valid())
	}
	require.False(t, Status("running").Valid())
}
