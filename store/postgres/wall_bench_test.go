package postgres

import (
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

// The price of the tenants' wall: what a page of recipients, a list of
// campaigns and an opt-out cost with it, against the same without.
func BenchmarkWall(b *testing.B) {
	for _, c := range []struct {
		name string
		do   func(w *world)
	}{
		{"recipients", func(w *world) {
			w.view("acme", func(r campaign.Reader) error {
				list, err := r.Recipients(campaign.RecipientQuery{Campaign: 1, Limit: 100})
				require.Len(b, list, 100)
				return err
			})
		}},
		{"campaigns", func(w *world) {
			w.view("acme", func(r campaign.Reader) error {
				_, err := r.Campaigns(campaign.CampaignQuery{})
				return err
			})
		}},
		{"opt-out", func(w *world) {
			w.update("acme", func(tx campaign.Writer) error {
				return tx.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{1})
			})
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			walled := newWorld(b, nil)
			for i := range 20 {
				walled.campaign("acme", 1, 1000*i, 200)
			}
			open := walled.second(&Options{NoWall: true})
			var took [2]time.Duration
			for i, w := range []*world{open, walled} {
				c.do(w)
				from := time.Now()
				for range b.N {
					c.do(w)
				}
				took[i] = time.Since(from)
			}
			b.ReportMetric(float64(took[1].Nanoseconds())/float64(b.N), "ns/walled")
			b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
		})
	}
}
