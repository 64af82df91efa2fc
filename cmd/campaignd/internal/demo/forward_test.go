package demo

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestForwardStopsWhenItIsTold(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	err := Forward(ctx, Options{Out: writerFunc(func(b []byte) (int, error) {
		if bytes.Contains(b, []byte("2026-02-13  Friday")) {
			cancel()
		}
		return out.Write(b)
	})})
	require.ErrorIs(t, err, ErrStopped)
	require.NotContains(t, out.String(), "2026-02-19")
}

// A first day after the hours, a day that is shut for a reason of its own, and
// a zone of one's own.
func TestForwardExplainsEachDay(t *testing.T) {
	t.Parallel()
	gap := 30 * time.Second
	var out bytes.Buffer
	require.NoError(t, Forward(t.Context(), Options{Out: &out, MinGap: &gap, MaxGap: &gap, From: "2026-04-01 19:00",
		Schedule: "mon-fri 09:00-12:00; tue closed, skip holidays, zone America/Manaus"}))
	for _, want := range []string{
		"  begins     Wed 2026-04-01 19:00, -04\n",
		"  2026-04-01  Wednesday      - outside the hours of this day\n",
		"  2026-04-02  Thursday    1080 sent, 09:00:00 to 11:59:30\n",
		"  2026-04-03  Friday         - holiday: Sexta-feira Santa\n",
		"  2026-04-04  Saturday       - weekend\n",
		"  2026-04-06  Monday      1080 sent, 09:00:00 to 11:59:30\n",
		"  2026-04-07  Tuesday        - closed on this day of the week\n",
		"  2026-04-08  Wednesday    840 sent, 09:00:00 to 11:19:30\n",
		"3000 of 3000 messages on 3 days",
	} {
		require.Contains(t, out.String(), want)
	}
}
