package demo

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

func TestTheLiveLineFitsTheTerminal(t *testing.T) {
	at := time.Date(2026, 2, 13, 18, 0, 0, 0, time.UTC)
	for _, width := range []int{1, 2, 20, 40, 71, 72, 80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			var out bytes.Buffer
			p := newPage(&Options{Out: &out, Width: width})
			for i := range int64(100) {
				at = at.Add(frame)
				p.progress(campaign.Progress{Status: campaign.Active, Total: 100, Sent: i, Pending: 100 - i, Delivered: i / 2, Failed: i / 3,
					NextAt: at.Add(15 * time.Hour), Why: campaign.Because(campaign.CodeHoliday, "name", "Confraternização Universal")}, at)
			}
			p.endLine()
			frames := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\r")
			require.Len(t, frames, 101)
			for _, f := range frames[1:] {
				require.LessOrEqual(t, utf8.RuneCountInString(f), max(width-1, 1))
				require.NotContains(t, f, "\n")
			}
		})
	}
}

func TestPlainLinesComeNowAndThen(t *testing.T) {
	var out bytes.Buffer
	p := newPage(&Options{Out: &out})
	at := time.Date(2026, 2, 13, 18, 0, 0, 0, time.UTC)
	for i := range int64(101) {
		p.progress(campaign.Progress{Status: campaign.Active, Total: 100, Sent: i, Pending: 100 - i}, at)
	}
	require.NotContains(t, out.String(), "\r")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.LessOrEqual(t, len(lines), 12)
	require.Contains(t, lines[len(lines)-1], "100/100 sent")
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"pão de queijo", 20, "  pão de queijo"},
		{"pão de queijo", 6, "  pão de\n  queijo"},
		{"inconstitucionalissimamente", 5, "  inconstitucionalissimamente"},
		{"um\n\ndois", 20, "  um\n\n  dois"},
	} {
		require.Equal(t, c.want, wrap(c.text, "  ", c.columns))
	}
}
