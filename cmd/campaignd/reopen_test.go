package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A campaign that is completed takes people again, in one step, while the
// daemon runs; or is kept open until it is told to end.
func TestACompletedCampaignTakesPeopleAgainByTheCommandLine(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	o.open()
	o.says("instance", "create", "vendas", "--record")
	o.says("instance", "pace", "vendas", "--min", "1", "--max", "1")
	o.people("11 90000-0001", "11 90000-0002", "11 90000-0003")
	o.says("campaign", "new", "Pedidos", "--contact", "1", "--message", "Oi!", "--instance", "vendas", "--schedule", "immediate")
	o.says("campaign", "start", "1", "--yes")
	o.until("completed", "campaign", "show", "1")

	require.Contains(t, o.refuses("campaign", "add", "1", "--contact", "2"), "people cannot be added to a completed campaign: reopen it in the same step (reopen, --reopen)")
	require.Contains(t, o.says("campaign", "add", "1", "--contact", "2", "--reopen"), "1 added")
	o.until("completed", "campaign", "show", "1")

	o.says("campaign", "reopen", "1")
	o.until("sending", "campaign", "show", "1")
	o.says("campaign", "add", "1", "--contact", "3")
	o.until(" 3 ", "campaign", "show", "1")
	require.Contains(t, o.refuses("campaign", "unplan", "1"), "a campaign that is sending has no planned start to withdraw")
	require.Eventually(t, func() bool { return call(t, o.environ, "campaign", "complete", "1").code == exitOK }, 30*time.Second, 50*time.Millisecond)
	require.Contains(t, o.says("campaign", "show", "1"), "completed")
}
