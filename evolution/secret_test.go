package evolution

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// everyWay prints a value in the ways in which values end up in logs.
func everyWay(t testing.TB, v any) string {
	t.Helper()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
	if b, err := json.Marshal(v); err == nil {
		out.Write(b)
	}
	if b, err := xml.Marshal(v); err == nil {
		out.Write(b)
	}
	return out.String()
}

// requireSilent checks an error for keys, the text and the number.
func requireSilent(t testing.TB, err error, more ...string) {
	t.Helper()
	var all strings.Builder
	for e := err; e != nil; e = errors.Unwrap(e) {
		all.WriteString(everyWay(t, e))
	}
	for _, secret := range append(more, string(testKey), "consulta é amanhã", "5511900001234", "11900001234", "900001234") {
		require.NotContains(t, all.String(), secret)
	}
}

// G8: keys and bodies stood in the logs.
func TestLesson_G8_SecretsDoNotPrint(t *testing.T) {
	hex := fmt.Sprintf("%x", string(testKey))
	s := Server{URL: "http://gateway.example", Key: testKey}
	for name, v := range map[string]any{
		"secret": testKey, "pointer": new(testKey), "list": []Secret{testKey}, "map": map[string]Secret{"k": testKey},
		"server": s, "server by pointer": &s, "client": New(s), "created": Created{Token: testKey}, "instance": Instance{Token: testKey},
		"subscription": Subscription{Headers: map[string]Secret{"X-Secret": testKey}},
		"qr":           QR{Code: string(testKey), Base64: string(testKey), PairingCode: string(testKey)},
		"event":        Event{Name: "x", body: []byte(`{"k":"` + testKey + `"}`)},
	} {
		if name == "qr" || name == "event" {
			// They are told to people; fmt and slog stay silent.
			out := fmt.Sprintf("%v %+v %#v %s", v, v, v, v)
			require.NotContains(t, out, string(testKey), name)
			if e, ok := v.(Event); ok {
				var log bytes.Buffer
				slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", e)
				require.NotContains(t, log.String(), string(testKey))
				require.Contains(t, log.String(), `"event":"x"`)
			}
			continue
		}
		out := strings.ToLower(everyWay(t, v))
		require.NotContains(t, out, strings.ToLower(string(testKey)), name)
		require.NotContains(t, out, hex, name)
	}
	require.Equal(t, "[secret]", testKey.String())
	require.Empty(t, Secret("").String())
	require.Equal(t, "KEY-", string(testKey)[:4], "a conversion reveals it")

	var read Secret
	require.NoError(t, json.Unmarshal([]byte(`"abc"`), &read))
	require.Equal(t, Secret("abc"), read)
}

// A gateway that repeats what it was sent does not get it into our logs.
func TestLesson_G8_ErrorsDoNotQuote(t *testing.T) {
	quoted, err := json.Marshal(testText)
	require.NoError(t, err)
	for _, message := range []string{
		`["PrismaClientKnownRequestError: \nInvalid ` + "`prisma.message.create()`" + ` invocation: {\n data: ` + strings.ReplaceAll(string(quoted), `"`, `\"`) + `"]`,
		`[` + string(quoted) + `]`,
		`["Error: cannot send ` + testText[:20] + ` …"]`,
		`["number 5511900001234 rejected"]`,
		`["the key ` + string(testKey) + ` is odd"]`,
		`[{"jid":"5511900001234@s.whatsapp.net","exists":false,"number":"5511900001234"}]`,
		`[["instance.number 5511900001234 is bad"]]`,
	} {
		for _, status := range []int{400, 401, 404, 500, 201} {
			_, base := capture(t, status, envelope(status, "x", message))
			c := New(Server{URL: base, Key: testKey})
			_, err := c.Send(t.Context(), outgoing(soon()))
			require.Error(t, err)
			requireSilent(t, err)
			if status != 201 && !strings.Contains(message, "Maria") {
				// A call that sends no text has none to compare with.
				requireSilent(t, c.Restart(t.Context(), outgoing(soon()).Route))
			}
		}
	}
}

// The secret of a webhook is a header that we set there.
func TestLesson_G8_HeadersAreNotEchoed(t *testing.T) {
	_, base := capture(t, 500, envelope(500, "Internal Server Error", `"bad header hunter2hunter2"`))
	err := New(Server{URL: base, Key: testKey}).Subscribe(t.Context(), outgoing(noon).Route, Subscription{
		URL: "https://me.example/hook", Headers: map[string]Secret{"X-Secret": "hunter2hunter2"},
	})
	require.ErrorContains(t, err, "bad header [secret]")
	requireSilent(t, err, "hunter2")
}

func TestErrorsSayWhatToDo(t *testing.T) {
	_, base := capture(t, 401, envelope(401, "Unauthorized", `"Unauthorized"`))
	_, err := New(Server{URL: base, Key: testKey}).Send(t.Context(), outgoing(soon()))
	require.EqualError(t, err, `evolution: send "loja": 401 wrong_key: Unauthorized (set the gateway's key)`)

	_, base = capture(t, 400, envelope(400, "Bad Request", `["Error: Timed Out"]`))
	_, err = New(Server{URL: base, Key: testKey}).Send(t.Context(), outgoing(soon()))
	require.EqualError(t, err, `evolution: send "loja": 400 unclear_answer: Error: Timed Out (the gateway may have done it; look before repeating)`)

	_, base = capture(t, 400, envelope(400, "Bad Request", `[["instance requires property \"text\"","b"]]`))
	err = New(Server{URL: base, Key: testKey}).Logout(t.Context(), campaign.Route{Instance: "loja"})
	require.EqualError(t, err, `evolution: logout "loja": 400 gateway_rejected: instance requires property "text"; b`)
}

func TestSaid(t *testing.T) {
	for _, c := range []struct{ words, text, out string }{
		{"", "x", ""},
		{"a  b\r\n c", "", "a b c"},
		{"Invalid prisma call", "", "a database error (its words are withheld)"},
		{"Oi, tudo bem?", "Oi", "(withheld: it quotes the message)"},
		{"you said good morn", "good morning", "(withheld: it quotes the message)"},
		{"you said good", "good morning", "you said good"},
		{"a\nlong  text", "x a long text", "(withheld: it quotes the message)"},
		{"123456 1234567 12345678901234567890123", "", "123456 *****67 *********************23"},
		{"\xff\xfeabc", "", "abc"},
		{strings.Repeat("é", 200), "", strings.Repeat("é", 80) + "…"},
	} {
		require.Equal(t, c.out, said([]string{c.words}, c.text, ""), c.words)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, 60, -1).Draw(t, "text")
		around := rapid.StringN(0, 60, -1).Draw(t, "around")
		out := said([]string{around + text + around}, text, "")
		if joined := strings.Join(strings.Fields(text), " "); len([]rune(joined)) >= 8 {
			if strings.Contains(out, joined) {
				t.Fatalf("%q quotes %q", out, joined)
			}
		}
	})
}
