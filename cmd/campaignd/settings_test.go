package main

import (
	"bytes"
	"log/slog"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

func TestTheDataDirectoryNeverDependsOnWhereOneStands(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Logf("the table is that of Linux; this is %s", runtime.GOOS)
		return
	}
	for _, c := range []struct {
		flag string
		env  environment
		want string // or the beginning of the error
		ok   bool
	}{
		{"/srv/x/", environment{"HOME": "/home/ana"}, "/srv/x", true},
		{"", environment{"HOME": "/home/ana"}, "/home/ana/.local/share/campaignd", true},
		{"", environment{"HOME": "/home/ana", "XDG_DATA_HOME": "/data/ana"}, "/data/ana/campaignd", true},
		{"", environment{"HOME": "/home/ana", "XDG_DATA_HOME": "data"}, "/home/ana/.local/share/campaignd", true},
		{"", environment{"HOME": "ana"}, "this user has no directory for data", false},
		{"", environment{}, "this user has no directory for data", false},
		{"data", environment{"HOME": "/home/ana"}, `the data directory "data" is relative`, false},
		{"./data", environment{}, `the data directory "./data" is relative`, false},
	} {
		got, err := dataFlag{Data: c.flag}.dir(c.env)
		if c.ok {
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
}

func TestAGatewayThatIsHalfConfiguredSaysWhichHalf(t *testing.T) {
	for _, c := range []struct {
		url  string
		env  environment
		want string
	}{
		{"", environment{}, "no gateway is configured"},
		{"http://g", environment{}, "has an address and no key: set EVOLUTION_API_KEY or EVOLUTION_API_KEY_FILE"},
		{"", environment{"EVOLUTION_API_KEY": "k"}, "has a key and no address: set EVOLUTION_API_URL"},
		{"http://g", environment{"EVOLUTION_API_KEY": "k"}, ""},
	} {
		server, missing, err := c.env.gateway(gatewayFlag{Gateway: c.url})
		require.NoError(t, err)
		if c.want == "" {
			require.NoError(t, missing)
		} else {
			require.ErrorContains(t, missing, c.want)
		}
		require.Equal(t, c.url, server.URL)
	}
}

func TestFlagsGoBeforeTheEnvironment(t *testing.T) {
	o := call(t, []string{"CAMPAIGND_ADDR=256.256.256.256:1"}, "serve", "--addr", "127.0.0.1:99999")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "127.0.0.1:99999 cannot be listened on")
	o = call(t, []string{"CAMPAIGND_ADDR=127.0.0.1:99998"}, "serve")
	require.Contains(t, o.errout, "127.0.0.1:99998 cannot be listened on")
}

// What is logged off a terminal is JSON, without whole phones and keys.
func TestLesson_G8_LogsHoldNoSecrets(t *testing.T) {
	var out bytes.Buffer
	log, flush := newLogger(&out)
	log.Info("sent", "to", contact.Phone("+5511900001234"), "key", evolution.Secret("geheim"),
		slog.Group("who", "contact", contact.Contact{ID: 7, Name: "Ana", Phone: "+5511900001234"}))
	flush()
	require.Contains(t, out.String(), `"msg":"sent"`)
	require.Contains(t, out.String(), `+55119****1234`)
	for _, secret := range []string{"5511900001234", "geheim", "Ana"} {
		require.NotContains(t, out.String(), secret)
	}
}
