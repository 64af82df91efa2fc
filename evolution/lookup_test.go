package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/stretchr/testify/require"
)

func inquiry(to contact.Phone) campaign.Inquiry {
	return campaign.Inquiry{
		Route: campaign.Route{Instance: "loja"}, To: to, Text: "Oi",
		From: noon.Add(500 * time.Millisecond), Until: noon.Add(time.Minute),
	}
}

// record is a stored message as findMessages shows it.
func record(id, jid string, at time.Time, text string) string {
	return fmt.Sprintf(`{"id":"row","key":{"id":%q,"remoteJid":%q,"fromMe":true},"messageType":"conversation","message":{"conversation":%q},"messageTimestamp":%d,"MessageUpdate":[]}`, id, jid, text, at.Unix())
}

func paged(pages int, records ...string) string {
	return fmt.Sprintf(`{"messages":{"total":%d,"pages":%d,"currentPage":1,"records":[%s]}}`, len(records), pages, strings.Join(records, ","))
}

func TestFindAsksForEverySpelling(t *testing.T) {
	got, base := capture(t, 200, paged(0))
	s := Server{URL: base, Key: testKey, LIDs: func(_ context.Context, to contact.Phone) ([]string, error) {
		require.Equal(t, contact.Phone("+5531990000123"), to)
		return []string{"77:3@lid", "77@lid", "5531990000123@s.whatsapp.net"}, nil
	}}
	recs, err := New(s).Find(t.Context(), inquiry("+5531990000123"))
	require.NoError(t, err)
	require.Empty(t, recs)
	var asked []string
	for _, body := range got.all {
		var in struct {
			Where struct {
				Key struct {
					RemoteJID string
					FromMe    bool
				}
				MessageTimestamp struct{ GTE, LTE string }
			}
			Page, Offset int
		}
		require.NoError(t, json.Unmarshal([]byte(body), &in))
		require.True(t, in.Where.Key.FromMe)
		require.Equal(t, "2026-03-04T11:59:59.500Z", in.Where.MessageTimestamp.GTE)
		require.Equal(t, "2026-03-04T12:01:01.000Z", in.Where.MessageTimestamp.LTE)
		require.Equal(t, 1, in.Page)
		require.Equal(t, 50, in.Offset)
		asked = append(asked, in.Where.Key.RemoteJID)
	}
	require.Equal(t, []string{"5531990000123@s.whatsapp.net", "553190000123@s.whatsapp.net", "77@lid"}, asked)
	require.Equal(t, "/chat/findMessages/loja", got.path)
}

func TestFindMatches(t *testing.T) {
	const jid = "5511900001234@s.whatsapp.net"
	match := record("A", jid, noon, "Oi")
	for _, c := range []struct {
		name, body string
		ids        string
	}{
		{"v2", paged(1, match), "A"},
		{"v1.8", `[` + match + `]`, "A"},
		{"v1.8 empty", `[]`, ""},
		{"stamp as text", paged(1, strings.Replace(match, "1772625600", `"1772625600"`, 1)), "A"},
		{"extended text", paged(1, strings.Replace(match, `{"conversation":"Oi"}`, `{"extendedTextMessage":{"text":"Oi"}}`, 1)), "A"},
		{"oldest first, each once", paged(1, record("B", jid, noon.Add(9*time.Second), "Oi"), match, match), "A B"},
		{"other text", paged(1, record("A", jid, noon, "Oi!"), record("B", jid, noon, "oi"), record("C", jid, noon, "Oi ")), ""},
		{"not ours", paged(1, strings.Replace(match, "true", "false", 1)), ""},
		{"no id", paged(1, record("", jid, noon, "Oi")), ""},
		{"no time", paged(1, strings.Replace(match, "1772625600", "null", 1)), ""},
		{"a second too early", paged(1, record("A", jid, noon.Add(-time.Second), "Oi")), ""},
		{"the last second", paged(1, record("A", jid, noon.Add(time.Minute), "Oi")), "A"},
		{"a second too late", paged(1, record("A", jid, noon.Add(61*time.Second), "Oi")), ""},
		{"another chat, from a gateway that does not filter", paged(1, record("A", "5511900009999@s.whatsapp.net", noon, "Oi")), ""},
		{"the number behind a LID", paged(1, strings.Replace(record("A", "77@lid", noon, "Oi"), `"fromMe"`, `"remoteJidAlt":"`+jid+`","fromMe"`, 1)), "A"},
		{"a device", paged(1, record("A", "5511900001234:7@s.whatsapp.net", noon, "Oi")), "A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, base := capture(t, 200, c.body)
			recs, err := New(Server{URL: base, Key: testKey}).Find(t.Context(), inquiry("+5511900001234"))
			require.NoError(t, err)
			var ids []string
			for _, r := range recs {
				ids = append(ids, r.ProviderID)
				require.False(t, r.At.IsZero())
				require.NotEmpty(t, r.Address)
			}
			require.Equal(t, c.ids, strings.Join(ids, " "))
		})
	}
}

func TestFindWalksThePages(t *testing.T) {
	const jid = "5511900001234@s.whatsapp.net"
	other := record("X", jid, noon, "other")
	got, base := capture(t, 200, paged(3, other), paged(3, other), paged(3, record("A", jid, noon, "Oi")))
	recs, err := New(Server{URL: base, Key: testKey}).Find(t.Context(), inquiry("+5511900001234"))
	require.NoError(t, err)
	require.Len(t, recs, 1)
	require.Len(t, got.all, 3)
	require.Contains(t, got.all[2], `"page":3`)

	// Without an end there is no "none".
	got, base = capture(t, 200, paged(1000000, other))
	_, err = New(Server{URL: base, Key: testKey}).Find(t.Context(), inquiry("+5511900001234"))
	require.ErrorIs(t, err, errTooMany)
	require.Len(t, got.all, maxPages)
	// But a match is a match.
	_, base = capture(t, 200, paged(1000000, record("A", jid, noon, "Oi")))
	recs, err = New(Server{URL: base, Key: testKey}).Find(t.Context(), inquiry("+5511900001234"))
	require.NoError(t, err)
	require.Len(t, recs, 1)
}

// An answer that cannot be read is an error: it must not pass for "none".
func TestFindErrors(t *testing.T) {
	for _, body := range []string{``, `{}`, `null`, `{"messages":null}`, `{"messages":[]}`, `{"error":true}`, `<html>`, `"x"`} {
		_, base := capture(t, 200, body)
		_, err := New(Server{URL: base, Key: testKey}).Find(t.Context(), inquiry("+5511900001234"))
		require.Error(t, err, body)
	}
	_, base := capture(t, 200, paged(0))
	_, err := New(Server{URL: base, Key: testKey}).Find(t.Context(), inquiry(""))
	require.Equal(t, CodeInvalidMessage, codeOf(err))
	_, err = New(Server{URL: base, Key: testKey, LIDs: func(context.Context, contact.Phone) ([]string, error) {
		return nil, errors.New("no map")
	}}).Find(t.Context(), inquiry("+5511900001234"))
	require.ErrorContains(t, err, "no map")
	_, err = New(Server{}).Find(t.Context(), inquiry("+5511900001234"))
	require.Equal(t, CodeMisconfigured, codeOf(err))
}

// What was sent and whose answer was lost is found again.
func TestFindAfterALostAnswer(t *testing.T) {
	for _, v1 := range []bool{false, true} {
		g, s := emulate(t, &evolutiontest.Options{V1: v1})
		_, err := g.Inject(evolutiontest.Fault{Kind: evolutiontest.ResetAfter})
		require.NoError(t, err)
		c := New(s)
		m := outgoing(soon())
		m.To = "+5531990000123" // the gateway drops its ninth digit
		start := time.Now()
		_, err = c.Send(t.Context(), m)
		require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
		q := campaign.Inquiry{Route: m.Route, To: m.To, Text: m.Text, From: start, Until: time.Now()}
		recs, err := c.Find(t.Context(), q)
		require.NoError(t, err)
		require.Len(t, recs, 1)
		require.Equal(t, g.Sends()[0].ID, recs[0].ProviderID)
		q.Text += "."
		recs, err = c.Find(t.Context(), q)
		require.NoError(t, err)
		require.Empty(t, recs)
	}
}

func TestFindStatus(t *testing.T) {
	for _, c := range []struct {
		rows string
		want Status
	}{
		{`[]`, StatusNone},
		{`[{"keyId":"M","status":"DELIVERY_ACK"},{"keyId":"M","status":"READ"},{"keyId":"M","status":"SERVER_ACK"}]`, StatusRead},
		{`[{"keyId":"M","status":"SERVER_ACK"},{"keyId":"M","status":"ERROR"}]`, StatusFailed},
		{`[{"keyId":"M","status":"ERROR"},{"keyId":"M","status":"DELIVERY_ACK"}]`, StatusDelivered},
		{`[{"keyId":"M","status":"DELETED"}]`, StatusNone},
		{`[{"keyId":"other","status":"READ"},{"keyId":"M","status":3}]`, StatusDelivered},
		{`[{"id":"M","keyId":"other","status":"READ"}]`, StatusNone},
		{`[{"id":"M","status":"READ"}]`, StatusRead}, // v1.8
	} {
		got, base := capture(t, 200, c.rows)
		s, err := New(Server{URL: base, Key: testKey}).FindStatus(t.Context(), campaign.Route{Instance: "loja"}, "M")
		require.NoError(t, err)
		require.Equal(t, c.want, s, c.rows)
		require.JSONEq(t, `{"where":{"id":"M"},"page":1,"offset":50}`, got.body)
	}
	_, err := New(Server{URL: "http://gateway.example", Key: testKey}).FindStatus(t.Context(), campaign.Route{Instance: "loja"}, "")
	require.Equal(t, CodeInvalidMessage, codeOf(err))

	g, s := emulate(t, &evolutiontest.Options{Acks: []evolutiontest.Ack{}})
	c := New(s)
	acc, err := c.Send(t.Context(), outgoing(soon()))
	require.NoError(t, err)
	_, err = g.PushStatus("loja", acc.ProviderID, "READ")
	require.NoError(t, err)
	_, err = g.PushStatus("loja", acc.ProviderID, "DELIVERY_ACK")
	require.NoError(t, err)
	status, err := c.FindStatus(t.Context(), outgoing(noon).Route, acc.ProviderID)
	require.NoError(t, err)
	require.Equal(t, StatusRead, status)
}
