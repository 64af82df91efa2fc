package control_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

// nowhere lets every address be named and none be reached.
type nowhere struct{}

func (nowhere) Check(*url.URL) error { return nil }
func (nowhere) Dial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("there is no network in this test")
}

func TestWebhooks(t *testing.T) {
	w := newWorld(t)
	path := "/api/webhooks/"
	a := w.do("POST", path, m{"url": "https://shop.example/hooks", "event_types": []string{"campaign.*"}}).is(201)
	made := into[control.WebhookSecret](a)
	require.True(t, strings.HasPrefix(made.Secret, "whsec_"))
	require.True(t, made.IsActive)
	require.Equal(t, path+made.ID+"/", a.header.Get("Location"))
	require.NotEmpty(t, a.header.Get("ETag"))
	one := path + made.ID + "/"

	read := w.do("GET", one, nil).is(200)
	require.NotContains(t, string(read.body), "whsec_", "the secret is told once")
	require.NotContains(t, string(w.do("GET", path, nil).is(200).body), "whsec_")
	w.do("PATCH", one, string(read.body)).is(200)
	w.do("PATCH", one, m{"title": "x"}, "If-Match", `"1"`).refused(412, "changed_meanwhile")
	edited := into[control.Webhook](w.do("PATCH", one, m{"is_active": false, "event_types": nil}).is(200))
	require.False(t, edited.IsActive)
	require.NotNil(t, edited.DisabledAt)
	require.Empty(t, edited.EventTypes)

	p := w.do("PATCH", one, m{"event_types": []string{"campaign.flew"}}).refused(422, "invalid")
	require.Equal(t, "event_types", p.Errors[0].Field)
	require.Equal(t, "webhook_type_unknown", p.Errors[0].Code)
	p = w.do("POST", path, m{}).refused(422, "invalid")
	require.Equal(t, "url", p.Errors[0].Field)

	other := into[control.WebhookSecret](w.do("POST", one+"rotate_secret/", nil).is(200))
	require.NotEqual(t, made.Secret, other.Secret)
	require.NotNil(t, other.OldSecret)

	try := into[control.WebhookTry](w.do("POST", one+"test/", nil, "Accept-Language", "pt-BR").is(200))
	require.False(t, try.OK)
	require.Equal(t, "webhook_unreachable", try.Code)
	require.Contains(t, try.Detail, "não foi possível alcançar")

	w.do("POST", "/api/campaigns/campaigns/", m{"name": "Páscoa"}).is(201)
	s := into[control.WebhookStanding](w.do("GET", one+"deliveries/", nil).is(200))
	require.Positive(t, s.Waiting)
	require.NotNil(t, s.OldestAt)
	require.Empty(t, s.Recent, "nobody delivers in this test")

	w.do("DELETE", one, nil).is(204)
	w.do("GET", one, nil).refused(404, "not_found")
}

func TestWebhooksAreMissingWhereNobodyDelivers(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Webhooks = nil })
	w.do("GET", "/api/webhooks/", nil).refused(501, "not_configured")
}
