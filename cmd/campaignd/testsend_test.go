package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// aGateway is an emulated gateway with open instances, and the environment
// that points at it.
func aGateway(t *testing.T, names ...string) (*evolutiontest.Gateway, []string) {
	t.Helper()
	g, err := evolutiontest.New(&evolutiontest.Options{Scale: -1})
	require.NoError(t, err)
	srv := httptest.NewServer(g)
	t.Cleanup(func() {
		srv.Close()
		require.NoError(t, g.Close())
	})
	require.NoError(t, g.Open(names...))
	return g, []string{"CAMPAIGND_DATA=" + filepath.Join(t.TempDir(), "data"),
		"EVOLUTION_API_URL=" + srv.URL, "EVOLUTION_API_KEY=" + evolutiontest.DefaultKey}
}

func TestATestSendGoesOutOnce(t *testing.T) {
	t.Parallel()
	g, env := aGateway(t, "vendas")
	o := call(t, env, "test-send", "--to", "(11) 90000-0001", "--name", "Ana Souza", "--text", "Oi, {{primeiro_nome}}!")
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "to      +5511900000001\n")
	require.Contains(t, o.out, "from    vendas\n")
	require.Contains(t, o.out, "text    Oi, Ana!\n")
	sends := g.SendsTo("5511900000001")
	require.Len(t, sends, 1)
	require.Equal(t, "Oi, Ana!", sends[0].Text)
	require.Contains(t, o.out, "provider id "+sends[0].ID+"\n")

	// The number has sent just now: its pace holds for the next one too.
	o = call(t, env, "test-send", "--to", "(11) 90000-0002", "--dry-run")
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "gates   shut: the number rests between two messages")
	o = call(t, env, "test-send", "--to", "(11) 90000-0002", "--wait", "1ms")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "not sent: the number's turn did not come within 1ms")
	require.Equal(t, 1, g.Count())
}

func TestADryRunSendsNothing(t *testing.T) {
	t.Parallel()
	g, env := aGateway(t, "vendas")
	o := call(t, env, "test-send", "--to", "11900000001", "--dry-run")
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "gates   all open: it would go out at once\n")
	require.Zero(t, g.Count())
}

func TestATestSendThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	g, env := aGateway(t, "vendas", "suporte")
	for _, c := range []struct{ args, want string }{
		{"--to 11900000001", "the gateway has 2 instances: choose one with --instance (vendas, suporte)"},
		{"--to 11900000001 --instance compras", `the gateway has no instance "compras": it has vendas, suporte`},
		{"--to 11900000404 --instance vendas", "not sent: "},
		{"--to 11900000001 --instance vendas --text {{nomee}}", "there is no variable nomee"},
		{"--to 11900000001 --instance vendas --text {{nome}}", "there is no value for the variable nome"},
	} {
		o := call(t, env, append([]string{"test-send"}, strings.Fields(c.args)...)...)
		require.Equal(t, exitFail, o.code, c.args)
		require.Contains(t, strings.ReplaceAll(o.errout, "suporte, vendas", "vendas, suporte"), c.want)
	}
	require.Zero(t, g.Count())

	require.NoError(t, g.Drop("suporte", 401, -1))
	o := call(t, env, "test-send", "--to", "11900000001", "--instance", "suporte")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "the number suporte is disconnected: pair its phone at the gateway first")

	o = call(t, append(env, "EVOLUTION_API_KEY=geheim"), "test-send", "--to", "11900000001")
	require.Equal(t, exitFail, o.code)
	require.Equal(t, "campaignd: the gateway refuses the key: check EVOLUTION_API_KEY\n", o.errout)

	o = call(t, append(env, "EVOLUTION_API_URL=http://127.0.0.1:1"), "test-send", "--to", "11900000001")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "the gateway cannot be reached: check that it runs, and EVOLUTION_API_URL")
	require.Zero(t, g.Count())
}

// A send whose answer is lost is called unknown if the gateway has no record
// of it, and sent if it has.
func TestATestSendWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	g, env := aGateway(t, "vendas", "suporte")
	_, err := g.Inject(evolutiontest.Fault{Kind: evolutiontest.ResetAfter, Instance: "vendas"})
	require.NoError(t, err)
	o := call(t, env, "test-send", "--to", "11900000001", "--instance", "vendas")
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "provider id "+g.SendsTo("5511900000001")[0].ID)

	_, err = g.Inject(evolutiontest.Fault{Kind: evolutiontest.KilledAfter, Instance: "suporte"})
	require.NoError(t, err)
	o = call(t, env, "test-send", "--to", "11900000002", "--instance", "suporte")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "nobody knows whether the message went out")
	require.Equal(t, 1, g.CountTo("5511900000002"))
}

func TestTheEmulatorServesATestSend(t *testing.T) {
	t.Parallel()
	s := serveHere(t, []string{"CAMPAIGND_DATA=" + t.TempDir()}, "emulator", "--addr", "127.0.0.1:0", "--open", "vendas")
	o := call(t, []string{"CAMPAIGND_DATA=" + t.TempDir(), "EVOLUTION_API_URL=" + s.url, "EVOLUTION_API_KEY=" + evolutiontest.DefaultKey},
		"test-send", "--to", "11900000001")
	require.Equal(t, exitOK, o.code, o.errout)
	resp, err := http.Get(s.url + "/_emulator/counts")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, exitOK, s.stop().code)
}
