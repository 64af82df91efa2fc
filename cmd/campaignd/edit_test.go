package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// An edit changes what its flags name, and nothing else.
func TestAnEditByTheCommandLineChangesWhatItNames(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	o.says("campaign", "new", "Páscoa", "--message", "um", "--message", "dois", "--message", "três")

	type shown struct {
		Schedule struct {
			Kind string `json:"kind"`
			Zone string `json:"zone"`
		} `json:"schedule"`
		StartAt  string `json:"start_at"`
		Messages []struct {
			ID   int    `json:"id"`
			Text string `json:"message_text"`
		} `json:"messages"`
	}
	read := func() (s shown) {
		require.NoError(t, json.Unmarshal([]byte(o.says("campaign", "show", "1", "--json")), &s))
		return s
	}
	texts := func(s shown) (out []string) {
		for _, m := range s.Messages {
			out = append(out, m.Text)
		}
		return out
	}

	said := o.says("campaign", "edit", "1", "--schedule", "business_days", "--zone", "America/Manaus")
	require.Contains(t, said, "schedule: business days, zone America/Manaus\n")

	o.says("campaign", "edit", "1", "--zone", "America/Rio_Branco")
	require.Equal(t, "business_days", read().Schedule.Kind, "a zone alone leaves the hours")
	require.Equal(t, "America/Rio_Branco", read().Schedule.Zone)

	o.says("campaign", "edit", "1", "--schedule", "business_hours")
	require.Equal(t, "business_hours", read().Schedule.Kind)
	require.Equal(t, "America/Rio_Branco", read().Schedule.Zone, "hours alone leave the zone")

	said = o.says("campaign", "edit", "1", "--start-at", "05/12/2030 09:50")
	require.Equal(t, "2030-12-05T14:50:00Z", read().StartAt, "read on the campaign's clock, five hours behind UTC")
	require.Contains(t, said, "(America/Rio_Branco)", "the clock is named")
	require.Contains(t, o.says("campaign", "show", "1"), "start: 2030-12-05 09:50:00 (America/Rio_Branco)")

	before := read()
	o.says("campaign", "edit", "1", "--text", "2=DOIS")
	require.Equal(t, []string{"um", "DOIS", "três"}, texts(read()))
	for i, m := range read().Messages {
		require.Equal(t, before.Messages[i].ID, m.ID, "the messages stay the same ones")
	}
	require.Contains(t, o.refuses("campaign", "edit", "1", "--text", "4=quatro"), "there is no message 4: the campaign has 3")
	require.Contains(t, o.refuses("campaign", "edit", "1", "--text", "quatro"), "such as 2=Bom dia!")

	require.Contains(t, o.refuses("campaign", "edit", "1", "--message", "só uma"), "3 messages become 1")
	require.Equal(t, []string{"um", "DOIS", "três"}, texts(read()), "messages are not dropped unasked")
	o.says("campaign", "edit", "1", "--message", "só uma", "--yes")
	require.Equal(t, []string{"só uma"}, texts(read()))
}
