package demo

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// people makes recipients of states: the first has phone …0001 and so on.
func people(states ...string) iter.Seq2[campaign.Recipient, error] {
	return func(yield func(campaign.Recipient, error) bool) {
		for i, s := range states {
			r := campaign.Recipient{ID: campaign.RecipientID{Campaign: 1, Position: int64(i + 1)}, State: campaign.State(s), Message: 1,
				Contact: contact.Contact{Name: fmt.Sprintf("Person %d", i+1), Phone: contact.Phone(fmt.Sprintf("+551190000%04d", i+1))}}
			if s == "late error" {
				r.State, r.Why = campaign.Failed, campaign.Because(campaign.CodeProviderError)
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// A line of the table: the states of three people, how many messages the
// gateway has for each of them and for a stranger, and what the proof says.
func TestTheProofFindsWhoIsLostAndWhoHasTwo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		states, sends string
		once, listed  int
		wrong         string
	}{
		{"sent delivered read", "1 1 1 0", 3, 0, ""},
		{"sent sent sent", "1 0 1 0", 2, 0, "1 recipients are lost"},
		{"sent sent sent", "1 2 1 0", 2, 0, "1 recipients are lost or have more than one"},
		{"read pending sent", "1 0 1 0", 2, 0, "1 recipients are lost"},
		{"read sending sent", "1 1 1 0", 2, 0, "1 recipients are lost"},
		{"unknown unknown unknown", "0 1 0 0", 0, 3, ""},
		{"unknown sent sent", "2 1 1 0", 2, 0, "have more than one message"},
		{"failed skipped cancelled", "0 0 0 0", 0, 3, ""},
		{"failed sent sent", "1 1 1 0", 2, 0, "1 recipients are lost"},
		{"skipped sent sent", "1 1 1 0", 2, 0, "1 recipients are lost"},
		{"late_error sent sent", "1 1 1 0", 2, 1, ""},
		{"late_error sent sent", "2 1 1 0", 2, 0, "1 recipients are lost"},
		{"sent sent sent", "1 1 1 1", 3, 0, "1 messages went to phones that are not in the audience"},
	} {
		t.Run(c.states+"/"+c.sends, func(t *testing.T) {
			var sends []evolutiontest.Send
			for i, n := range strings.Fields(c.sends) {
				for range n[0] - '0' {
					// The gateway drops the ninth digit of some numbers.
					sends = append(sends, evolutiontest.Send{JID: fmt.Sprintf("551190000%04d@s.whatsapp.net", i+1)})
				}
			}
			states := strings.Fields(c.states)
			for i := range states {
				states[i] = strings.ReplaceAll(states[i], "_", " ")
			}
			p, err := prove(people(states...), sends)
			require.NoError(t, err)
			require.Equal(t, c.once, p.once)
			require.Len(t, p.listed, c.listed)
			if c.wrong == "" {
				require.NoError(t, p.verdict())
				return
			}
			require.ErrorIs(t, p.verdict(), ErrProof)
			require.ErrorContains(t, p.verdict(), c.wrong)
		})
	}
}

// Somebody sends a second message behind our back: the next report says so.
func TestASecondMessageFailsTheProof(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := short(t, &out)
	require.NoError(t, Live(t.Context(), o))

	ledger := ledgerDir(o.Dir) + "/" + evolutiontest.LedgerFile
	before, err := os.ReadFile(ledger)
	require.NoError(t, err)
	g, err := evolutiontest.New(&evolutiontest.Options{Dir: ledgerDir(o.Dir)})
	require.NoError(t, err)
	require.NoError(t, g.Open("vendas-1"))
	resp, err := inProcess{g}.RoundTrip(sendRequest(t, "vendas-1", "5511900000001"))
	require.NoError(t, err)
	require.Equal(t, 201, resp.StatusCode)
	require.NoError(t, g.Close())
	after, err := os.ReadFile(ledger)
	require.NoError(t, err)
	require.Greater(t, len(after), len(before))

	out.Reset()
	require.ErrorIs(t, Live(t.Context(), o), ErrProof)
	require.Contains(t, out.String(), "TWICE Pessoa 1 (+5511900000001)")
	require.Contains(t, out.String(), "FAILED: the proof failed: 1 recipients")
	require.NotContains(t, out.String(), "Nobody twice")
}
