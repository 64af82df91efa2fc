package audit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/store/memory"
)

// Everything that can be believed of one message, and its opposite: an operator
// says that it was not sent, or orders another; the gateway has sent it; WhatsApp
// refuses it, and delivers it after all.
func TestAPersonComesBackWhoseMessageHadAlreadyBeenContradicted(t *testing.T) {
	for _, d := range []campaign.Decision{campaign.MarkNotSent, campaign.Resend} {
		t.Run(string(d), func(t *testing.T) {
			w := newWorld(t, memory.New(), 1)
			w.calm = true
			n := w.number("acme", "n1", campaign.Pace{NoGap: true})
			id := w.draft("acme", 0, 3, campaign.Draft{Instances: []campaign.InstanceID{n}})
			w.start("acme", id)
			w.zombie(d, false)
			sent := w.done[0]
			report := func(k campaign.NoticeKind) {
				require.NoError(t, w.e.Receive(w.ctx, campaign.Notice{Tenant: "acme", Instance: n, ProviderID: sent.ProviderID, Kind: k, At: w.clock.Now()}))
				_, err := w.e.Step(w.ctx)
				require.NoError(t, err)
			}
			report(campaign.NoticeError)
			report(campaign.NoticeDelivered)
			var types []campaign.EventType
			es, err := w.as("acme").Events(w.ctx, campaign.EventQuery{Campaign: id, Limit: 100})
			require.NoError(t, err)
			for _, e := range es {
				if e.Attempt == sent.Attempt {
					types = append(types, e.Type)
				}
			}
			require.Equal(t, []campaign.EventType{campaign.EventContradicted, campaign.EventReturned, campaign.EventContradicted, campaign.EventDelivered},
				types[len(types)-4:], "%v", types)
			healthy(t, w, check(t, w.store, &audit.Options{Now: w.clock.Now, Deadline: 2 * time.Second, Performed: w.done}))
		})
	}
}
