package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// One person is taken out of a campaign by the command line, and the others get
// its message.
func TestAPersonIsTakenOutOfACampaign(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	o.open()
	o.says("instance", "create", "vendas", "--record")
	o.says("instance", "pace", "vendas", "--min", "1", "--max", "1")
	o.says("group", "create", "clientes")
	o.people("11 90000-0001", "11 90000-0002", "11 90000-0003", "11 90000-0004")
	o.says("group", "add", "clientes", "1", "2", "3", "4")
	o.says("campaign", "new", "Páscoa", "--group", "clientes", "--instance", "vendas", "--message", "Oi!", "--schedule", "immediate")
	require.Contains(t, o.refuses("campaign", "leave-out", "1"), "--phone or --position")
	require.Contains(t, o.refuses("campaign", "leave-out", "1", "--position", "4-2", "--yes"), "is no position")
	require.Equal(t, "1 person left out\n", o.says("campaign", "leave-out", "1", "--phone", "(11) 90000-0002", "--note", "at the counter", "--yes"))
	require.Equal(t, "2 people left out\n", o.says("campaign", "leave-out", "#1", "--position", "2-4", "--yes"))
	require.Contains(t, o.says("campaign", "why", "1", "--position", "2"), "a person has taken this one out of the campaign")
	require.Contains(t, o.says("campaign", "logs", "1"), "at the counter")
	o.says("campaign", "start", "1", "--yes")
	o.until("completed", "campaign", "show", "1")
	require.Len(t, o.gateway.Sends(), 1)
	require.Contains(t, o.refuses("campaign", "leave-out", "1", "--position", "1", "--yes"), "nobody can be left out of a completed campaign")
}
