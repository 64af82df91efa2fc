package evolution

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

const (
	accepted = `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","fromMe":true,"id":"3EB04CB96F35310BADFA76"},"pushName":"Você","status":"PENDING","message":{"conversation":"Olá"},"contextInfo":{},"messageType":"conversation","messageTimestamp":1772625600,"instanceId":"a","source":"web"}`
	raw18    = `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","fromMe":true,"id":"BAE5F4A0B1C2D3E4"},"message":{"extendedTextMessage":{"text":"Olá"}},"messageTimestamp":"1772625600","status":"PENDING"}`
	graphErr = `{"error":{"message":"(#131030) Recipient phone number not in allowed list","type":"OAuthException","code":131030,"error_data":{"messaging_product":"whatsapp"},"fbtrace_id":"AbCdEf"}}`
)

func envelope(status int, name, message string) string {
	return fmt.Sprintf(`{"status":%d,"error":%q,"response":{"message":%s}}`, status, name, message)
}

type judged struct {
	name    string
	profile Profile
	status  int
	body    string
	verdict campaign.Verdict
	code    campaign.Code
}

// The table of how a send is judged, row by row, each with the answers that
// look like it and are not it.
var judgements = []judged{
	// 2xx with an id: accepted.
	{"201 with id", V236, 201, accepted, "accepted", ""},
	{"200 with id", V236, 200, accepted, "accepted", ""},
	{"202 with id", V2, 202, accepted, "accepted", ""},
	{"v1.8 raw answer", V18, 201, raw18, "accepted", ""},
	{"id only", V236, 201, `{"key":{"id":"X"}}`, "accepted", ""},
	{"EVOLUTION channel without status", V236, 201, `{"key":{"id":"0b0e6f5c","fromMe":true,"remoteJid":"5511900001234"},"message":{"conversation":"x"},"messageTimestamp":1772625600}`, "accepted", ""},
	{"business channel", V236, 201, `{"key":{"id":"wamid.HBg","remoteJid":"5511900001234@s.whatsapp.net"},"status":"PENDING"}`, "accepted", ""},

	// 2xx without one.
	{"201 empty body", V236, 201, ``, "unknown", CodeUnclear},
	{"201 empty body of 2.3.7", V237, 201, ``, "unknown", CodeNoID},
	{"201 blank body of 2.3.7", V237, 201, " \n", "unknown", CodeNoID},
	{"200 empty body of 2.3.7", V237, 200, ``, "unknown", CodeUnclear},
	{"201 empty object of 2.3.7", V237, 201, `{}`, "unknown", CodeUnclear},
	{"201 empty body of an unknown version", V2, 201, ``, "unknown", CodeUnclear},
	{"500 Connection Closed of 2.3.7", V237, 500, envelope(500, "Internal Server Error", `"Connection Closed"`), "hold", CodeDisconnected},
	{"500 Connection Closed of 2.4.0", V240, 500, envelope(500, "Internal Server Error", `"Connection Closed"`), "unknown", CodeUnclear},
	{"500 with Error: of 2.3.7", V237, 500, envelope(500, "Internal Server Error", `"Error: Connection Closed"`), "unknown", CodeUnclear},
	{"201 empty object", V236, 201, `{}`, "unknown", CodeUnclear},
	{"201 empty id", V236, 201, `{"key":{"id":""}}`, "unknown", CodeUnclear},
	{"201 blank id", V236, 201, `{"key":{"id":" "}}`, "unknown", CodeUnclear},
	{"201 id is a number", V236, 201, `{"key":{"id":5}}`, "unknown", CodeUnclear},
	{"201 key is null", V236, 201, `{"key":null}`, "unknown", CodeUnclear},
	{"201 cut in the middle", V236, 201, accepted[:80], "unknown", CodeUnclear},
	{"201 followed by noise", V236, 201, accepted + "x", "unknown", CodeUnclear},
	{"201 html", V236, 201, `<html>Welcome</html>`, "unknown", CodeUnclear},
	{"204", V236, 204, ``, "unknown", CodeUnclear},
	{"200 error:true", V236, 200, `{"error":true,"message":"[object Object]"}`, "unknown", CodeUnclear},
	{"201 Meta's error", V236, 201, graphErr, "refused", CodeGatewayRefused},
	{"200 Meta's error, bare", V236, 200, `{"message":"Invalid parameter","type":"OAuthException","code":100,"fbtrace_id":"A"}`, "refused", CodeGatewayRefused},
	{"201 a message and a code are not Meta's", V236, 201, `{"message":"queued","code":0}`, "unknown", CodeUnclear},
	{"201 Meta's error beside a key", V236, 201, `{"key":{"id":""},"error":{"message":"x","type":"OAuthException","code":1,"fbtrace_id":"A"}}`, "unknown", CodeUnclear},
	{"500 Meta's error", V236, 500, graphErr, "unknown", CodeUnclear},

	// Configuration.
	{"401", V236, 401, envelope(401, "Unauthorized", `"Unauthorized"`), "hold", CodeWrongKey},
	{"401 of a proxy", V236, 401, `<html>login</html>`, "hold", CodeWrongKey},
	{"403", V2, 403, envelope(403, "Forbidden", `["Forbidden"]`), "hold", CodeForbidden},
	{"404 instance", V236, 404, envelope(404, "Not Found", `["The \"loja\" instance does not exist"]`), "hold", CodeInstanceUnknown},
	{"404 instance, v1.8", V18, 404, envelope(404, "Not Found", `["The \"lo\"ja\" instance does not exist"]`), "hold", CodeInstanceUnknown},
	{"404 route", V236, 404, envelope(404, "Not Found", `["Cannot POST /x"]`), "unknown", CodeUnclear},
	{"404 of a proxy", V236, 404, `<html>404</html>`, "unknown", CodeUnclear},
	{"404 quoted in another text", V236, 404, envelope(404, "Not Found", `["Error: The \"loja\" instance does not exist"]`), "unknown", CodeUnclear},
	{"503 licence", V2, 503, `{"code":"LICENSE_REQUIRED","error":"service not activated","message":"Activate","register_url":"http://g/manager/login"}`, "hold", CodeLicenseRequired},
	{"503 bare", V236, 503, ``, "unknown", CodeUnclear},
	{"503 that mentions a licence", V236, 503, `LICENSE_REQUIRED`, "unknown", CodeUnclear},
	{"500 licence", V236, 500, `{"code":"LICENSE_REQUIRED"}`, "unknown", CodeUnclear},

	// 400: two shapes are proofs, all others are not.
	{"400 not on WhatsApp", V236, 400, envelope(400, "Bad Request", `[{"jid":"5511900001234@s.whatsapp.net","exists":false,"number":"5511900001234"}]`), "refused", CodeNotOnWhatsApp},
	{"400 not on WhatsApp, deeper", V18, 400, envelope(400, "Bad Request", `[[{"jid":"x","exists":false}]]`), "refused", CodeNotOnWhatsApp},
	{"400 exists", V236, 400, envelope(400, "Bad Request", `[{"jid":"x","exists":true}]`), "unknown", CodeUnclear},
	{"400 exists is a word", V236, 400, envelope(400, "Bad Request", `[{"jid":"x","exists":"false"}]`), "unknown", CodeUnclear},
	{"400 exists outside the message", V236, 400, `{"status":400,"exists":false,"response":{}}`, "unknown", CodeUnclear},
	{"500 exists false", V236, 500, envelope(500, "Internal Server Error", `[{"exists":false}]`), "unknown", CodeUnclear},
	{"400 schema", V236, 400, envelope(400, "Bad Request", `[["instance requires property \"number\"","instance requires property \"text\""]]`), "refused", CodeInvalidMessage},
	{"400 flat list", V236, 400, envelope(400, "Bad Request", `["Error: Connection Closed"]`), "unknown", CodeUnclear},
	{"400 Timed Out", V236, 400, envelope(400, "Bad Request", `["Error: Timed Out"]`), "unknown", CodeUnclear},
	{"400 rate-overlimit in the relay", V236, 400, envelope(400, "Bad Request", `["Error: rate-overlimit"]`), "unknown", CodeUnclear},
	{"400 forbidden in the relay", V236, 400, envelope(400, "Bad Request", `["Error: forbidden"]`), "unknown", CodeUnclear},
	{"400 Prisma, after the relay", V236, 400, envelope(400, "Bad Request", `["PrismaClientKnownRequestError: \nInvalid prisma.message.create() invocation"]`), "unknown", CodeUnclear},
	{"400 object stringified", V236, 400, envelope(400, "Bad Request", `["[object Object]"]`), "unknown", CodeUnclear},
	{"400 mixed list", V236, 400, envelope(400, "Bad Request", `[["a"],"Error: Timed Out"]`), "unknown", CodeUnclear},
	{"400 list of an empty list", V236, 400, envelope(400, "Bad Request", `[[]]`), "unknown", CodeUnclear},
	{"400 broken JSON", V236, 400, envelope(400, "Internal Server Error", `"Unexpected end of JSON input"`), "unknown", CodeUnclear},
	{"400 of a proxy", V236, 400, `Bad Request`, "unknown", CodeUnclear},

	// 500: exceptions that 2.3.6 throws before the relay.
	{"500 Connection Closed", V236, 500, envelope(500, "Internal Server Error", `"Connection Closed"`), "hold", CodeDisconnected},
	{"500 never connected", V236, 500, envelope(500, "Internal Server Error", `"Cannot read properties of undefined (reading 'onWhatsApp')"`), "hold", CodeDisconnected},
	{"500 lookup timed out", V236, 500, envelope(500, "Internal Server Error", `"Cannot read properties of undefined (reading 'find')"`), "hold", CodeDisconnected},
	{"500 not in memory", V236, 500, envelope(500, "Internal Server Error", `"Cannot read properties of undefined (reading 'textMessage')"`), "hold", CodeDisconnected},
	{"500 rate-overlimit", V236, 500, envelope(500, "Internal Server Error", `"rate-overlimit"`), "hold", CodeRateOverlimit},
	{"500 another property", V236, 500, envelope(500, "Internal Server Error", `"Cannot read properties of undefined (reading 'key')"`), "unknown", CodeUnclear},
	{"500 in a list", V236, 500, envelope(500, "Internal Server Error", `["Connection Closed"]`), "unknown", CodeUnclear},
	{"500 with Error:", V236, 500, envelope(500, "Internal Server Error", `"Error: Connection Closed"`), "unknown", CodeUnclear},
	{"500 in two parts", V236, 500, envelope(500, "Internal Server Error", `["Read messages fail","Error: Connection Closed"]`), "unknown", CodeUnclear},
	{"500 whose envelope says otherwise", V236, 500, envelope(400, "Bad Request", `"Connection Closed"`), "unknown", CodeUnclear},
	{"500 without envelope", V236, 500, `"Connection Closed"`, "unknown", CodeUnclear},
	{"500 of another version 2", V2, 500, envelope(500, "Internal Server Error", `"Connection Closed"`), "unknown", CodeUnclear},
	{"500 of 1.8", V18, 500, envelope(500, "Internal Server Error", `"rate-overlimit"`), "unknown", CodeUnclear},
	{"502 Connection Closed", V236, 502, envelope(502, "Bad Gateway", `"Connection Closed"`), "unknown", CodeUnclear},

	// Turned away by the form of the request.
	{"405", V236, 405, ``, "not_sent", CodeRejected},
	{"411", V236, 411, ``, "not_sent", CodeRejected},
	{"413", V236, 413, `<html>`, "not_sent", CodeRejected},
	{"414", V236, 414, ``, "not_sent", CodeRejected},
	{"415", V236, 415, ``, "not_sent", CodeRejected},
	{"431", V236, 431, ``, "not_sent", CodeRejected},
	{"429", V236, 429, ``, "slow", CodeSlowDown},

	// Everything else.
	{"301", V236, 301, ``, "unknown", CodeUnclear},
	{"307", V236, 307, ``, "unknown", CodeUnclear},
	{"402", V236, 402, ``, "unknown", CodeUnclear},
	{"406", V236, 406, ``, "unknown", CodeUnclear},
	{"408", V236, 408, ``, "unknown", CodeUnclear},
	{"409", V236, 409, ``, "unknown", CodeUnclear},
	{"410", V236, 410, ``, "unknown", CodeUnclear},
	{"412", V236, 412, ``, "unknown", CodeUnclear},
	{"421", V236, 421, ``, "unknown", CodeUnclear},
	{"422", V236, 422, ``, "unknown", CodeUnclear},
	{"425", V236, 425, ``, "unknown", CodeUnclear},
	{"499", V236, 499, ``, "unknown", CodeUnclear},
	{"500 empty", V236, 500, ``, "unknown", CodeUnclear},
	{"501", V236, 501, ``, "unknown", CodeUnclear},
	{"502", V236, 502, `<html>502 Bad Gateway</html>`, "unknown", CodeUnclear},
	{"504", V236, 504, ``, "unknown", CodeUnclear},
	{"520", V236, 520, ``, "unknown", CodeUnclear},
	{"599", V236, 599, ``, "unknown", CodeUnclear},
}

func TestJudge(t *testing.T) {
	for _, c := range judgements {
		t.Run(c.name, func(t *testing.T) {
			var e Error
			acc, err := judge(c.profile, c.status, http.Header{}, []byte(c.body), noon, "some text", "k", &e)
			r := campaign.Judge(err)
			require.Equal(t, c.verdict, r.Verdict)
			if c.verdict == campaign.VerdictAccepted {
				require.NotEmpty(t, acc.ProviderID)
				return
			}
			require.Zero(t, acc)
			require.Equal(t, c.code, e.Code)
			require.Equal(t, c.status, e.Status)
			var typed *Error
			require.ErrorAs(t, err, &typed)
			if c.verdict == campaign.VerdictHold || c.verdict == campaign.VerdictRefused {
				require.Equal(t, c.code, r.Why.Code)
			}
		})
	}
}

func TestJudgeReadsWhatWasAccepted(t *testing.T) {
	for _, c := range []struct{ stamp, at string }{
		{`1772625600`, "2026-03-04T12:00:00Z"},
		{`"1772625600"`, "2026-03-04T12:00:00Z"},
		{`{"low":1772625600,"high":0,"unsigned":true}`, "2026-03-04T12:00:00Z"},
		{`1772625600123`, "2026-03-04T12:00:00.123Z"},
		{`"2026-03-04T12:00:00Z"`, "2026-03-04T12:00:00Z"},
		{`"soon"`, ""}, {`null`, ""}, {`-5`, ""}, {`true`, ""}, {`[1]`, ""}, {`1e300`, ""}, {`"1e400"`, ""},
	} {
		body := `{"key":{"id":"3EB0","remoteJid":"123@lid"},"messageTimestamp":` + c.stamp + `}`
		acc, err := judge(V236, 201, nil, []byte(body), noon, "", "", new(Error))
		require.NoError(t, err, c.stamp)
		require.Equal(t, "3EB0", acc.ProviderID)
		require.Equal(t, "123@lid", acc.Address)
		if c.at == "" {
			require.True(t, acc.At.IsZero(), c.stamp)
			continue
		}
		require.Equal(t, c.at, acc.At.Format(time.RFC3339Nano), c.stamp)
	}
}

func TestJudgeSlowDown(t *testing.T) {
	for _, c := range []struct {
		header string
		after  time.Duration
	}{
		{"", time.Minute}, {"nonsense", time.Minute}, {"120", 2 * time.Minute}, {" 30 ", 30 * time.Second},
		{"0", time.Second}, {"-7", time.Second}, {"99999999", time.Hour}, {"99999999999999999999", time.Minute},
		{"Wed, 04 Mar 2026 12:00:20 GMT", 20 * time.Second},
		{"Wed, 04 Mar 2026 11:00:00 GMT", time.Second},
		{"Thu, 05 Mar 2026 12:00:00 GMT", time.Hour},
	} {
		h := http.Header{}
		if c.header != "" {
			h.Set("Retry-After", c.header)
		}
		_, err := judge(V236, 429, h, nil, noon, "", "", new(Error))
		r := campaign.Judge(err)
		require.Equal(t, campaign.VerdictSlow, r.Verdict)
		require.Equal(t, c.after, r.After, c.header)
	}
}

// S1: a 201 was taken for a failure, and the message went out three times.
func TestLesson_S1_AnySuccessWithAnIDIsAccepted(t *testing.T) {
	for status := 200; status < 300; status++ {
		acc, err := judge(V236, status, nil, []byte(accepted), noon, "", "", new(Error))
		require.NoError(t, err, status)
		require.Equal(t, "3EB04CB96F35310BADFA76", acc.ProviderID)
		require.Equal(t, noon, acc.At)
	}
}

// permitted is the allow-list once more, written from the other end: what a
// body must hold before a verdict other than unknown may be given.
func permitted(v campaign.Verdict, p Profile, status int, body []byte) bool {
	var o map[string]any
	_ = json.Unmarshal(body, &o)
	response, _ := o["response"].(map[string]any)
	said := fmt.Sprint(response["message"])
	switch v {
	case campaign.VerdictUnknown:
		return true
	case campaign.VerdictAccepted:
		for k, m := range o { // encoding/json matches names without case
			if key, ok := m.(map[string]any); ok && strings.EqualFold(k, "key") {
				for k, id := range key {
					if s, ok := id.(string); ok && strings.EqualFold(k, "id") && s != "" {
						return status/100 == 2
					}
				}
			}
		}
		return false
	case campaign.VerdictNotSent:
		return status == 405 || status == 411 || status == 413 || status == 414 || status == 415 || status == 431
	case campaign.VerdictSlow:
		return status == 429
	case campaign.VerdictHold:
		switch status {
		case 401, 403:
			return true
		case 404:
			return strings.HasSuffix(said, "instance does not exist]")
		case 503:
			return o["code"] == "LICENSE_REQUIRED"
		case 500:
			return p.Proven() && (said == "Connection Closed" || said == "rate-overlimit" || strings.HasPrefix(said, "Cannot read properties of undefined (reading '"))
		}
	case campaign.VerdictRefused:
		if status == 400 {
			return strings.Contains(said, "exists:false") || strings.HasPrefix(said, "[[")
		}
		return status/100 == 2 && (strings.Contains(string(body), "fbtrace") || strings.Contains(string(body), "Exception") || strings.Contains(string(body), `\u`))
	}
	return false
}

func FuzzJudge(f *testing.F) {
	for _, c := range judgements {
		f.Add(c.status, c.body, string(c.profile))
	}
	f.Fuzz(func(t *testing.T, status int, body, profile string) {
		p := Profile(profile)
		var e Error
		acc, err := judge(p, status, http.Header{}, []byte(body), noon, "", "", &e)
		v := campaign.Judge(err).Verdict
		require.True(t, permitted(v, p, status, []byte(body)), "%d is %s", status, v)
		require.Equal(t, err == nil, acc.ProviderID != "")
		if err != nil {
			var typed *Error
			require.True(t, errors.As(err, &typed))
			require.NotEmpty(t, typed.Code)
			_ = err.Error()
		}
	})
}
