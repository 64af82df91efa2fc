package demo

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// A line of the table: the secret that comes with the event, the event, what
// is answered, and the notice that is stored.
func TestTheHookStoresWhatConcernsUs(t *testing.T) {
	now := time.Date(2026, 2, 13, 17, 0, 0, 0, time.UTC)
	update := func(instance, status string) string {
		return `{"event":"messages.update","instance":"` + instance + `","data":{"keyId":"3EB0AA","remoteJid":"5511900000001@s.whatsapp.net","fromMe":true,"status":"` + status + `","instanceId":"x"}}`
	}
	for _, c := range []struct {
		name, secret, body string
		code               int
		kind               campaign.NoticeKind
	}{
		{"server", "s", update("vendas-1", "SERVER_ACK"), 200, campaign.NoticeServer},
		{"delivered", "s", update("vendas-1", "DELIVERY_ACK"), 200, campaign.NoticeDelivered},
		{"read", "s", update("vendas-1", "READ"), 200, campaign.NoticeRead},
		{"played", "s", update("vendas-1", "PLAYED"), 200, campaign.NoticeRead},
		{"error", "s", update("vendas-1", "ERROR"), 200, campaign.NoticeError},
		{"no news", "s", update("vendas-1", "DELETED"), 200, ""},
		{"somebody else's number", "s", update("compras", "READ"), 200, ""},
		{"another event", "s", `{"event":"connection.update","instance":"vendas-1","data":{"state":"open"}}`, 200, ""},
		{"noise", "s", `{]`, 200, ""},
		{"wrong secret", "S", update("vendas-1", "READ"), 403, ""},
		{"no secret", "", update("vendas-1", "READ"), 403, ""},
		{"too long", "s", strings.Repeat(" ", 5<<20), 413, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stored []campaign.Notice
			h := &hook{now: func() time.Time { return now }, secret: "s", numbers: map[string]campaign.InstanceID{"vendas-1": 7},
				receive: func(_ context.Context, ns ...campaign.Notice) error { stored = append(stored, ns...); return nil }}
			resp := report(t, h, c.secret, c.body)
			require.Equal(t, c.code, resp.StatusCode)
			if c.kind == "" {
				require.Empty(t, stored)
				return
			}
			require.Equal(t, []campaign.Notice{{Instance: 7, ProviderID: "3EB0AA", Kind: c.kind, At: now}}, stored)

			h.receive = func(context.Context, ...campaign.Notice) error { return errors.New("down") }
			require.Equal(t, http.StatusServiceUnavailable, report(t, h, c.secret, c.body).StatusCode, "the gateway must send it again")
		})
	}
}

func report(t *testing.T, h *hook, secret, body string) *http.Response {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://hook.internal/", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set(secretHeader, secret)
	resp, err := inProcess{h}.RoundTrip(r)
	require.NoError(t, err)
	return resp
}
