package evolutiontest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

const settingsOff = `{"rejectCall":false,"msgCall":"","groupsIgnore":false,"alwaysOnline":false,
	"readMessages":false,"readStatus":false,"syncFullHistory":false,"wavoipToken":""}`

// What create and settings/set tell of settings has no call message and no token.
const settingsTold = `{"rejectCall":false,"groupsIgnore":false,"alwaysOnline":false,"readMessages":false,"readStatus":false,"syncFullHistory":false}`

func TestCreate(t *testing.T) {
	g := quick(t)
	play(t, g, []exchange{
		{"global", "POST /instance/create", `{"instanceName":"a1","integration":"WHATSAPP-BAILEYS","token":"TA"}`, 201, `{
			"instance":{"instanceName":"a1","instanceId":"UUID","integration":"WHATSAPP-BAILEYS","webhookWaBusiness":null,
				"accessTokenWaBusiness":"","status":"close"},"hash":"TA",
			"webhook":{},
			"websocket":{},"rabbitmq":{},"nats":{},"sqs":{},"settings":` + settingsTold + `}`},
		{"global", "POST /instance/create", `{"instanceName":"b1","integration":"WHATSAPP-BAILEYS","qrcode":true,"number":"5511900001234"}`, 201, `{
			"instance":{"instanceName":"b1","instanceId":"UUID","integration":"WHATSAPP-BAILEYS","webhookWaBusiness":null,
				"accessTokenWaBusiness":"","status":"connecting"},"hash":"UUID",
			"webhook":{},
			"websocket":{},"rabbitmq":{},"nats":{},"sqs":{},"settings":` + settingsTold + `,
			"qrcode":{"pairingCode":"PAIR","code":"CODE","base64":"PNG","count":1}}`},
		{"global", "POST /instance/create", `{"instanceName":"c1"}`, 400, list(400, "Bad Request", "Invalid integration")},
		{"global", "POST /instance/create", `{"instanceName":"c1","integration":"OTHER"}`, 400, list(400, "Bad Request", "Invalid integration")},
		{"global", "POST /instance/create", `{"instanceName":5,"integration":"EVOLUTION"}`, 500, ""},
		{"global", "POST /instance/create", `{"instanceName":"c1","integration":"EVOLUTION","number":"x"}`, 400, ""},
		{"global", "POST /instance/create", `{"instanceName":"c1","integration":"EVOLUTION","qrcode":"x"}`, 400, nested("qrcode is not of a type(s) boolean")},
		{"global", "POST /instance/create", `{"instanceName":"c1","integration":"EVOLUTION","webhook":{"url":"http://h"}}`, 400,
			list(400, "Bad Request", "Cannot read properties of undefined (reading 'length')")},
		{"global", "GET /instance/connectionState/c1", "", 404, ""},
		{"global", "POST /instance/create", `{"instanceName":"c1","integration":"EVOLUTION","webhook":{"url":"http://h","events":[]}}`, 201, ""},
		{"global", "POST /instance/create", `{"instanceName":"","integration":"EVOLUTION"}`, 201, ""},
		{"global", "POST /instance/create", `{"instanceName":"A1","integration":"WHATSAPP-BAILEYS","token":"TA"}`, 201, ""},
		{"global", "GET /instance/connectionState/A1", "", 200, `{"instance":{"instanceName":"A1","state":"close"}}`},
		{"global", "GET /instance/connectionState/with%20blank%2Fand%20slash", "", 404, list(404, "Not Found", `The "with blank/and slash" instance does not exist`)},
	})
	// The token of two instances lists both.
	var rows []map[string]any
	require.NoError(t, json.Unmarshal(do(g, "TA", "GET /instance/fetchInstances", "").Body.Bytes(), &rows))
	require.Len(t, rows, 2)
	require.ElementsMatch(t, []string{
		"id", "name", "connectionStatus", "ownerJid", "profileName", "profilePicUrl", "integration", "number", "businessId",
		"token", "clientName", "disconnectionReasonCode", "disconnectionObject", "disconnectionAt", "createdAt", "updatedAt",
		"Chatwoot", "Proxy", "Rabbitmq", "Nats", "Sqs", "Websocket", "Setting", "_count",
	}, keys(rows[0]))
	require.Equal(t, "TA", rows[0]["token"])
}

func keys(m map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestQRCodeIsAPicture(t *testing.T) {
	g := quick(t)
	require.Equal(t, 201, do(g, key, "POST /instance/create", `{"instanceName":"a1","integration":"WHATSAPP-BAILEYS"}`).Code)
	var qr struct{ Base64 string }
	require.NoError(t, json.Unmarshal(do(g, key, "GET /instance/connect/a1", "").Body.Bytes(), &qr))
	raw, isPNG := strings.CutPrefix(qr.Base64, "data:image/png;base64,")
	require.True(t, isPNG)
	b, err := base64.StdEncoding.DecodeString(raw)
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(b))
	require.NoError(t, err)
}

// bubble runs f on fake time with the gateway's own waits at full length.
func bubble(t *testing.T, o *evolutiontest.Options, f func(t *testing.T, g *evolutiontest.Gateway)) {
	synctest.Test(t, func(t *testing.T) {
		g, err := evolutiontest.New(o)
		require.NoError(t, err)
		defer func() { require.NoError(t, g.Close()) }()
		f(t, g)
	})
}

func TestPairing(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *evolutiontest.Gateway) {
		play(t, g, []exchange{
			{"global", "POST /instance/create", `{"instanceName":"a1","integration":"WHATSAPP-BAILEYS"}`, 201, ""},
			{"global", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"close"}}`},
			{"token", "DELETE /instance/logout/a1", "", 400, list(400, "Bad Request", `The "a1" instance is not connected`)},
			{"token", "POST /instance/restart/a1", "", 200, `{"error":true,"message":"[object Object]"}`},
			{"token", sendA1, `{"number":"5511900001234","text":"x"}`, 500, text(500, "Cannot read properties of undefined (reading 'onWhatsApp')")},
		})
		start := time.Now()
		play(t, g, []exchange{{"token", "GET /instance/connect/a1", "", 200, `{"pairingCode":null,"code":"CODE","base64":"PNG","count":1}`}})
		require.Equal(t, 2*time.Second, time.Since(start))
		play(t, g, []exchange{
			{"token", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"connecting"}}`},
			{"token", sendA1, `{"number":"5511900001234","text":"x"}`, 500, text(500, "Connection Closed")},
		})
		time.Sleep(45 * time.Second)
		synctest.Wait()
		play(t, g, []exchange{{"token", "GET /instance/connect/a1", "", 200, `{"pairingCode":null,"code":"CODE","base64":"PNG","count":2}`}})
		require.NoError(t, g.Scan("a1"))
		play(t, g, []exchange{
			{"token", "GET /instance/connect/a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`},
			{"token", sendA1, `{"number":"5511900001234","text":"x"}`, 201, ""},
			// restart answers before it happens
			{"token", "POST /instance/restart/a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`},
		})
		synctest.Wait()
		play(t, g, []exchange{
			{"token", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"connecting"}}`},
			{"token", sendA1, `{"number":"5521900001234","text":"x"}`, 500, text(500, "Connection Closed")},
			{"token", sendA1, `{"number":"5511900001234","text":"x"}`, 400, list(400, "Bad Request", "Error: Connection Closed")},
		})
		time.Sleep(time.Second)
		synctest.Wait()
		play(t, g, []exchange{
			{"token", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`},
			{"token", "DELETE /instance/logout/a1", "", 200, `{"status":"SUCCESS","error":false,"response":{"message":"Instance logged out"}}`},
		})
		synctest.Wait()
		play(t, g, []exchange{{"token", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"close"}}`}})
	})
}

func TestWaitsOfCreateAndDelete(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *evolutiontest.Gateway) {
		body := `{"instanceName":"a1","integration":"WHATSAPP-BAILEYS","qrcode":true}`
		start := time.Now()
		play(t, g, []exchange{{"global", "POST /instance/create", body, 201, ""}})
		require.Equal(t, 5*time.Second, time.Since(start))
		play(t, g, []exchange{
			{"token", "DELETE /instance/delete/a1", "", 200, `{"status":"SUCCESS","error":false,"response":{"message":"Instance deleted"}}`},
			{"global", "POST /instance/create", body, 403, list(403, "Forbidden", `This name "a1" is already in use.`)},
		})
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		play(t, g, []exchange{{"global", "POST /instance/create", body, 201, ""}})
	})
}

func TestNoQRCodeInTime(t *testing.T) {
	bubble(t, &evolutiontest.Options{QRAfter: 6 * time.Second}, func(t *testing.T, g *evolutiontest.Gateway) {
		w := do(g, key, "POST /instance/create", `{"instanceName":"a1","integration":"WHATSAPP-BAILEYS","qrcode":true}`)
		require.Contains(t, w.Body.String(), `"qrcode":{"count":0}`)
		play(t, g, []exchange{{"global", "GET /instance/connect/a1", "", 200, `{"count":0}`}})
		time.Sleep(time.Second)
		synctest.Wait()
		play(t, g, []exchange{{"global", "GET /instance/connect/a1?number=5511900001234", "", 200, `{"pairingCode":null,"code":"CODE","base64":"PNG","count":1}`}})
	})
}

func TestAutoPair(t *testing.T) {
	bubble(t, &evolutiontest.Options{AutoPair: true}, func(t *testing.T, g *evolutiontest.Gateway) {
		play(t, g, []exchange{
			{"global", "POST /instance/create", `{"instanceName":"a1","integration":"WHATSAPP-BAILEYS"}`, 201, ""},
			{"global", "GET /instance/connect/a1?number=5511900001234", "", 200, `{"pairingCode":"PAIR","code":"CODE","base64":"PNG","count":1}`},
		})
		synctest.Wait()
		play(t, g, []exchange{{"global", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`}})
	})
}

func TestTypingDelayBlocks(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *evolutiontest.Gateway) {
		require.NoError(t, g.Open("a1"))
		start := time.Now()
		play(t, g, []exchange{
			{"global", sendA1, `{"number":"5511900001234","text":"x","delay":90000}`, 201, ""},
			{"global", "POST /chat/sendPresence/a1", `{"number":"5511900001234","presence":"composing","delay":1200}`, 201, `{"presence":"composing"}`},
		})
		require.Equal(t, 91200*time.Millisecond, time.Since(start))
		require.Equal(t, start.Add(90*time.Second).UTC(), g.Sends()[0].At)
	})
}

func TestSetPresence(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	play(t, g, []exchange{
		{"token", "POST /instance/setPresence/a1", `{"presence":"available"}`, 201, `{"presence":"available"}`},
		{"token", "POST /instance/setPresence/a1", `{"presence":"asleep"}`, 400,
			nested("presence is not one of enum values: unavailable,available,composing,recording,paused")},
		{"token", "POST /instance/setPresence/a1", ``, 400, nested(`instance requires property "presence"`)},
	})
}

func TestUnknownInstanceForMethods(t *testing.T) {
	g := quick(t)
	for name, err := range map[string]error{
		"Scan": g.Scan("x"), "Drop": g.Drop("x", 401, 0), "Storm": g.Storm("x", 1, 0), "Unload": g.Unload("x"),
	} {
		require.ErrorIs(t, err, evolutiontest.ErrUnknownInstance, name)
	}
	_, err := g.Token("x")
	require.ErrorIs(t, err, evolutiontest.ErrUnknownInstance)
	_, _, err = g.Receive(evolutiontest.Inbound{Instance: "x"})
	require.ErrorIs(t, err, evolutiontest.ErrUnknownInstance)
	_, err = g.PushStatus("x", "y", "READ")
	require.ErrorIs(t, err, evolutiontest.ErrUnknownInstance)
}
