package evolution

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// Where the gateway takes ids of messages, a lost send is found by its own, among
// others with the same text to the same person; where it takes none, none is
// sent and the text is compared.
func TestALostSendIsFoundByItsOwnID(t *testing.T) {
	for _, c := range []struct {
		version string
		exact   bool
	}{{"2.4.0", true}, {"2.3.7", false}} {
		g, s := emulate(t, &evolutiontest.Options{Version: c.version})
		s.Profile = ProfileOf(c.version)
		client, m := New(s), outgoing(soon())
		start := time.Now()
		send := func() (campaign.Outgoing, error) {
			m.Attempt[0]++
			m.StartBy = soon()
			_, err := client.Send(t.Context(), m)
			return m, err
		}
		_, err := send()
		require.NoError(t, err)
		id, err := g.Inject(evolutiontest.Fault{Kind: evolutiontest.ResetAfter, Times: 1})
		require.NoError(t, err)
		lost, err := send()
		require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
		g.Clear(id)
		_, err = send()
		require.NoError(t, err)

		sends := g.Sends()
		require.Len(t, sends, 3)
		q := campaign.Inquiry{Route: lost.Route, To: lost.To, Text: lost.Text, From: start, Until: time.Now(), Attempt: lost.Attempt}
		found, err := client.Find(t.Context(), q)
		require.NoError(t, err)
		if !c.exact {
			require.Len(t, found, 3)
			continue
		}
		require.Len(t, found, 1)
		require.Equal(t, sends[1].ID, found[0].ProviderID)
		require.Len(t, found[0].ProviderID, 22)
		require.True(t, strings.HasPrefix(found[0].ProviderID, "3EB0"))

		// An attempt that the gateway knows nothing of is looked for by its text.
		q.Attempt[0] = 99
		found, err = client.Find(t.Context(), q)
		require.NoError(t, err)
		require.Len(t, found, 3)
	}
}

// Only a version that takes it is sent a message id.
func TestWhoIsSentAMessageID(t *testing.T) {
	a := campaign.AttemptID{1}
	for _, p := range Profiles() {
		x := target{Server: Server{Profile: p}}
		require.Equal(t, p == V240, x.messageID(a) != "", p)
		require.Equal(t, x.messageID(a), x.messageID(a))
		body, err := x.body("5511900001234", "Oi", 0, a)
		require.NoError(t, err)
		require.Equal(t, p == V240, strings.Contains(string(body), `"messageId":"3EB0`), p)
	}
	require.Empty(t, (&target{Server: Server{Profile: V240}}).messageID(campaign.AttemptID{}))
}
