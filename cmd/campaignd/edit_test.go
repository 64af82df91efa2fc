package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/alreasense/campaigns/schedule"
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

// Who names no hours does not send at night, and a start of another day is a slip.
func TestANewCampaignSendsInBusinessHours(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	kind := func(id string) string {
		var c struct {
			Schedule schedule.Spec `json:"schedule"`
		}
		require.NoError(t, json.Unmarshal([]byte(o.says("campaign", "show", id, "--json")), &c))
		return c.Schedule.String()
	}
	said := call(t, o.environ, "campaign", "new", "A")
	require.Contains(t, said.out, "schedule: business hours\n")
	require.Contains(t, said.errout, "Without --schedule it sends on every day from 09:00 to 18:00")
	o.says("campaign", "new", "B", "--zone", "America/Manaus")
	require.Equal(t, "business hours, zone America/Manaus", kind("2"))
	said = call(t, o.environ, "campaign", "new", "C", "--schedule", "imediato")
	require.NotContains(t, said.errout, "Without --schedule")
	require.Equal(t, "immediate", kind("3"))

	require.Contains(t, o.refuses("campaign", "new", "D", "--start-at", "12/05/2020 09:00"), "the start lies more than a day in the past: May 12 2020 09:00")
	require.Contains(t, o.refuses("campaign", "edit", "1", "--start-at", "12/05/2020 09:00"), "start_at: the start lies more than a day in the past")
	now := time.Now().Add(-2 * time.Minute)
	require.Contains(t, o.says("campaign", "edit", "1", "--start-at", now.UTC().Format(time.RFC3339)), ", which has passed: it begins as soon as it is started\n")

	said = call(t, append(slices.Clone(o.environ), "LANG=pt_BR.UTF-8"), "campaign", "edit", "1", "--schedule", "seg a sex das 9h às 18h; sáb fechado; sem feriados")
	require.Contains(t, said.out, "horário: seg-sex 09:00-18:00; sáb fechado, sem feriados\n")
}

// A message from a file arrives as its editor showed it, or not at all.
func TestAMessageFromAFileArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	write := func(name, text string) string {
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return "@" + file
	}
	o.says("campaign", "new", "Páscoa",
		"--message", write("ansi.txt", "Ol\xe1, promo\xe7\xe3o!\r\nAt\xe9!\r\n"),
		"--message", write("mark.txt", "\xef\xbb\xbfOlá!\r\n"),
		"--message", write("utf16.txt", "\xff\xfeO\x00i\x00!\x00"))
	var c struct {
		Messages []struct {
			Text string `json:"message_text"`
		} `json:"messages"`
	}
	require.NoError(t, json.Unmarshal([]byte(o.says("campaign", "show", "1", "--json")), &c))
	for i, want := range []string{"Olá, promoção!\nAté!", "Olá!", "Oi!"} {
		require.Equal(t, want, c.Messages[i].Text)
	}
	for _, bad := range []string{"Ol\ufffd", "O\x00i"} {
		require.Contains(t, o.refuses("campaign", "new", "Outra", "--message", write("bad.txt", bad)), "save it as UTF-8")
	}
	require.NotContains(t, o.says("campaign", "list"), "Outra")
}
