package line_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/memory"
)

// A webhook is ours when all of it is: an address that merely looks like one of
// ours, another number's, or one without its secret, reports nothing to us.
func TestReportsOf(t *testing.T) {
	w := newWorld(t, memory.New(), evolutiontest.Options{})
	id := w.number("vendas")
	w.keep()
	s, there, err := w.client.Subscribed(t.Context(), campaign.Route{Tenant: tenant, Instance: "vendas"})
	require.NoError(t, err)
	secret := w.config.Secret
	require.Equal(t, line.ReportsHere, line.ReportsOf(secret, id, s, there))
	require.Equal(t, line.ReportsForAnother, line.ReportsOf(secret, id+1, s, there))
	require.Equal(t, line.ReportsElsewhere, line.ReportsOf([]byte("of another installation"), id, s, there))
	require.Equal(t, line.ReportsNowhere, line.ReportsOf(secret, id, s, false))
	for name, c := range map[string]struct {
		want line.Reporting
		bend func(*evolution.Subscription)
	}{
		"off":            {line.ReportsNowhere, func(s *evolution.Subscription) { s.Off = true }},
		"another secret": {line.ReportsElsewhere, func(s *evolution.Subscription) { s.URL += "x" }},
		"n8n":            {line.ReportsElsewhere, func(s *evolution.Subscription) { s.URL = "https://n8n.example/webhook/abc" }},
		"one event":      {line.ReportsPartly, func(s *evolution.Subscription) { s.Events = []string{"MESSAGES_UPDATE"} }},
		"no header":      {line.ReportsPartly, func(s *evolution.Subscription) { s.Headers = nil }},
	} {
		bent := s
		c.bend(&bent)
		require.Equal(t, c.want, line.ReportsOf(secret, id, bent, there), name)
	}
}
