package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Which days rest is shown, chosen and told with the plan of a campaign, at the
// command line.
func TestHolidaysOfOnesOwn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	o.open()
	o.says("instance", "create", "vendas", "--record")
	o.says("contacts", "add", "+55 11 90000-0001", "--name", "Ana")
	o.says("group", "create", "todos")
	o.says("group", "add", "todos", "1")
	o.says("campaign", "new", "Volta", "--group", "todos", "--instance", "vendas", "--message", "Oi", "--schedule", "dias úteis", "--start-at", "2027-02-08 09:00")

	shown := o.says("calendar", "--year", "2027")
	require.Contains(t, shown, "holidays of states: none\noptional days (Carnival, Ash Wednesday, Corpus Christi, 28 October): count\n")
	require.Regexp(t, `Tue 2027-02-09 +optional +Terça-feira de Carnaval`, shown)
	rests := "holidays without sends: Mon 2027-02-08 Segunda-feira de Carnaval, Tue 2027-02-09 Terça-feira de Carnaval, Wed 2027-02-10 Quarta-feira de Cinzas until 14:00 (campaignd calendar)"
	require.Contains(t, o.says("campaign", "forecast", "1"), rests)
	pt := call(t, append(o.environ, "LANG=pt_BR.UTF-8"), "campaign", "forecast", "1")
	require.Contains(t, pt.out, "sem envios por ser feriado: seg 08/02/2027 Segunda-feira de Carnaval, ter 09/02/2027 Terça-feira de Carnaval, qua 10/02/2027 Quarta-feira de Cinzas até 14:00 (campaignd calendar)")

	require.Contains(t, o.says("calendar", "set", "--no-optional", "--state", "sp, RJ"), "holidays of states: SP, RJ\noptional days (Carnival, Ash Wednesday, Corpus Christi, 28 October): do not count\n")
	require.NotContains(t, o.says("campaign", "forecast", "1"), "holidays without sends")
	require.Contains(t, o.says("calendar", "set", "--state", ""), "holidays of states: none\n")
	require.Contains(t, o.refuses("calendar", "set", "--state", "XX"), `"XX" is no state: write one of AC, AL, `)
	require.Contains(t, o.refuses("calendar", "set"), "say what changes")

	require.Equal(t, "Mon 2027-01-25 Aniversário  (municipal, every year)\n", o.says("calendar", "add", "25/01/2027", "Aniversário", "--municipal", "--yearly"))
	require.Equal(t, "Mon 2027-02-08 Véspera until 12:00  (own)\n", o.says("calendar", "add", "2027-02-08", "Véspera", "--until", "12:00"))
	require.Contains(t, o.says("campaign", "forecast", "1"), "holidays without sends: Mon 2027-02-08 Véspera until 12:00 (")
	require.Regexp(t, `Thu 2029-01-25 +municipal, every year +Aniversário`, o.says("calendar", "--year", "2029"))
	require.Contains(t, o.refuses("calendar", "add", "2029-01-25", "x"), "2029")
	require.Contains(t, o.refuses("calendar", "add", "soon", "x"), "is no day")
	require.Contains(t, o.refuses("calendar", "remove", "2027-12-25"), "Sat 2027-12-25 is a holiday by law or custom (Natal)")
	require.Contains(t, o.refuses("calendar", "remove", "2027-12-26"), "no day of your own on Sun 2027-12-26")
	o.says("calendar", "remove", "2029-01-25")
	o.says("calendar", "remove", "08/02/2027")
	require.NotContains(t, o.says("calendar", "--year", "2027"), "Aniversário")
	require.NotContains(t, o.says("campaign", "forecast", "1"), "holidays without sends")

	// Hours as people write them, and told in Portuguese where they are not understood.
	o.says("campaign", "edit", "1", "--schedule", "9h às 18h, seg a sex, sem feriados")
	bad := call(t, append(o.environ, "LANG=pt_BR.UTF-8"), "campaign", "edit", "1", "--schedule", "seg a sex das nove")
	require.NotEqual(t, exitOK, bad.code)
	require.Contains(t, bad.errout, `não dá para usar este horário a partir do caractere 15 ("nove")`)
}
