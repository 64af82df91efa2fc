package demo

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// quick is a run that ends in a second or two.
func quick(t *testing.T, out *bytes.Buffer) Options {
	lo, hi := 5*time.Millisecond, 15*time.Millisecond
	return Options{Out: out, MinGap: &lo, MaxGap: &hi, Dir: t.TempDir() + "/run", Now: time.Now}
}

func TestTheDemoEndsInAConfirmedReport(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Live(t.Context(), quick(t, &out)))
	text := out.String()
	for _, want := range []string{
		"60 people from the shipped sample",
		`windows-1252, ";" between cells; 65 rows read, 5 refused`,
		"audience      60\n",
		"sent          60  100 % of the audience\n",
		"delivered     60  100 % of sent\n",
		"unknown        0\n",
		"20 times in all",
		"line 10, Telefone: the spreadsheet has shortened the number",
		"60 messages at the gateway, 60 people in the audience: 60 have exactly one.",
		"Nobody twice, nobody lost.",
	} {
		require.Contains(t, text, want)
	}
}

func TestAFinishedCampaignIsReportedAgain(t *testing.T) {
	var first, second bytes.Buffer
	o := quick(t, &first)
	require.NoError(t, Live(t.Context(), o))
	o.Out = &second
	require.NoError(t, Live(t.Context(), o))
	require.Contains(t, second.String(), "Its report once more")
	require.Contains(t, second.String(), "60 messages at the gateway, 60 people in the audience: 60 have exactly one.")
	require.Contains(t, second.String(), "line 10, Telefone: the spreadsheet has shortened the number")
	require.Contains(t, second.String(), "begin anew")
}
