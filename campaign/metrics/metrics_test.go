package metrics_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/metrics"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

const refused contact.Phone = "+5511900000002"

// A campaign of three people, one of whom is refused, shows in the figures,
// and none of its people does.
func TestACampaignInFigures(t *testing.T) {
	clock := campaigntest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	sender := &campaigntest.Recorder{Now: clock.Now, Answer: func(m campaign.Outgoing) (campaign.Accepted, error) {
		if m.To == refused {
			return campaign.Accepted{}, campaign.Refused(campaign.Because("not_on_whatsapp"), errors.New("no"))
		}
		return campaign.Accepted{ProviderID: string(m.To)}, nil
	}}
	o := metrics.New()
	e, err := campaign.New(memory.New(), sender, &campaign.Options{Now: clock.Now, Observer: o})
	require.NoError(t, err)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(o.Collectors(e)...)

	s := e.As(campaign.Caller{Tenant: "shop", Role: campaign.Host})
	in, err := s.AddInstance(t.Context(), campaign.Instance{Remote: "sales", Connection: campaign.ConnectionOpen})
	require.NoError(t, err)
	c, err := s.Create(t.Context(), campaign.Draft{Name: "Three", Messages: []campaign.Message{{Text: "Oi"}},
		Instances: []campaign.InstanceID{in.ID}})
	require.NoError(t, err)
	_, err = s.Add(t.Context(), c.ID, campaign.Everyone(contact.Contact{Phone: "+5511900000001"},
		contact.Contact{Phone: refused}, contact.Contact{Phone: "+5511900000003"}))
	require.NoError(t, err)
	_, err = s.Start(t.Context(), c.ID)
	require.NoError(t, err)
	campaigntest.Play(t, e, clock, clock.Now().Add(10*time.Minute))

	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP campaigns_sends_total Sends, by what their answer proves.
# TYPE campaigns_sends_total counter
campaigns_sends_total{verdict="accepted"} 2
campaigns_sends_total{verdict="hold"} 0
campaigns_sends_total{verdict="late"} 0
campaigns_sends_total{verdict="later"} 0
campaigns_sends_total{verdict="not_sent"} 0
campaigns_sends_total{verdict="refused"} 1
campaigns_sends_total{verdict="slow"} 0
campaigns_sends_total{verdict="stop"} 0
campaigns_sends_total{verdict="unknown"} 0
# HELP campaigns_taken_attempts_total Attempts that turns have begun.
# TYPE campaigns_taken_attempts_total counter
campaigns_taken_attempts_total 3
# HELP campaigns_settlements_total Results of attempts that were committed.
# TYPE campaigns_settlements_total counter
campaigns_settlements_total 3
# HELP campaigns_numbers Numbers by the last state of their connection that was heard of.
# TYPE campaigns_numbers gauge
campaigns_numbers{connection="close"} 0
campaigns_numbers{connection="connecting"} 0
campaigns_numbers{connection="open"} 1
campaigns_numbers{connection="unknown"} 0
# HELP campaigns_stopped 1 while everything is stopped and nothing can start, else 0.
# TYPE campaigns_stopped gauge
campaigns_stopped 0
`), "campaigns_sends_total", "campaigns_taken_attempts_total", "campaigns_settlements_total", "campaigns_numbers", "campaigns_stopped"))

	_, err = e.StopAll(t.Context(), "ana", "a test")
	require.NoError(t, err)
	all, err := registry.Gather()
	require.NoError(t, err)
	stopped := false
	for _, family := range all {
		require.True(t, strings.HasPrefix(family.GetName(), "campaigns_"))
		for _, m := range family.GetMetric() {
			stopped = stopped || family.GetName() == "campaigns_stopped" && m.GetGauge().GetValue() == 1
			for _, l := range m.GetLabel() {
				require.NotContains(t, l.GetValue(), "55119")
			}
		}
	}
	require.True(t, stopped)
}

func TestFaultsAreCountedByPart(t *testing.T) {
	o := metrics.New()
	o.Failed("take", errors.New("the database is away"))
	o.Failed("take", errors.New("still"))
	o.Swept(4)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(o.Collectors(nil)...)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP campaigns_faults_total Errors after which the engine tries again, by its part.
# TYPE campaigns_faults_total counter
campaigns_faults_total{part="take"} 2
# HELP campaigns_swept_attempts_total Attempts given up as lost: their outcome is unknown.
# TYPE campaigns_swept_attempts_total counter
campaigns_swept_attempts_total 4
`), "campaigns_faults_total", "campaigns_swept_attempts_total"))
}
