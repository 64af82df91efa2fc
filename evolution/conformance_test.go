package evolution_test

import (
	"net/http/httptest"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/stretchr/testify/require"
)

// The client keeps the contract of campaign.Sender, in both dialects.
func TestSenderConformance(t *testing.T) {
	for name, v1 := range map[string]bool{"v2": false, "v1.8": true} {
		t.Run(name, func(t *testing.T) {
			campaigntest.Sender(t, campaigntest.SenderCase{Open: func(t *testing.T) campaigntest.SenderWorld {
				g, err := evolutiontest.New(&evolutiontest.Options{Scale: -1, V1: v1, Acks: []evolutiontest.Ack{}})
				require.NoError(t, err)
				require.NoError(t, g.Open("loja"))
				srv := httptest.NewServer(g)
				t.Cleanup(func() { _ = g.Close(); srv.Close() })
				s := evolution.Server{URL: srv.URL, Key: evolutiontest.DefaultKey, Profile: evolution.V236}
				if v1 {
					s.Profile = evolution.V18
				}
				strike := func(k evolutiontest.Kind) func() {
					return func() {
						g.Clear()
						_, err := g.Inject(evolutiontest.Fault{Kind: k})
						require.NoError(t, err)
					}
				}
				return campaigntest.SenderWorld{
					Sender: evolution.New(s),
					Route:  campaign.Route{Tenant: "acme", Instance: "loja"},
					Count: func(text string) (n int) {
						for _, q := range g.Requests() {
							if q.Text == text {
								n++
							}
						}
						return n
					},
					Refuse: strike(evolutiontest.NotOnWhatsApp),
					Lose:   strike(evolutiontest.ResetAfter),
				}
			}})
		})
	}
}
