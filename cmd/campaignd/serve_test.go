package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// served is a daemon that listens.
type served struct {
	url  string
	out  string // what it printed before its address
	stop func() outcome
}

// started reads a daemon's output up to its address.
func started(t *testing.T, out io.Reader) (url, text string) {
	t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		text += lines.Text() + "\n"
		if rest, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "address    "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return rest, text
		}
	}
	t.Fatalf("no address in:\n%s", text)
	return "", ""
}

// serveHere runs a command of the daemon in this process until stop.
func serveHere(t *testing.T, environ []string, args ...string) served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	var errout strings.Builder
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, args, environ, strings.NewReader(""), w, &errout)
		w.CloseWithError(fmt.Errorf("the process ended: %s", errout.String()))
		ended <- code
	}()
	url, text := started(t, r)
	return served{url: url, out: text, stop: sync.OnceValue(func() outcome {
		cancel()
		return outcome{code: <-ended, errout: errout.String()}
	})}
}

type ready struct {
	Ready   bool
	Reasons []string
}

func askReady(t *testing.T, url string) (int, ready) {
	t.Helper()
	resp, err := http.Get(url + "/readyz")
	require.NoError(t, err)
	defer resp.Body.Close()
	var r ready
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&r))
	return resp.StatusCode, r
}

// becomes waits until readyz says what is wanted.
func becomes(t *testing.T, url string, want func(int, ready) bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		code, r := askReady(t, url)
		return want(code, r)
	}, 20*time.Second, 20*time.Millisecond)
}

func TestServeSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := serveHere(t, []string{"CAMPAIGND_DATA=" + dir, "CAMPAIGND_ADDR=127.0.0.1:0"}, "serve")
	require.Contains(t, s.out, "data       "+dir+"\n")
	require.Contains(t, s.out, "database   "+filepath.Join(dir, "campaigns.db")+"\n")

	resp, err := http.Get(s.url + "/healthz")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "ok\n", string(body))

	code, r := askReady(t, s.url)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, ready{Reasons: []string{"no gateway is configured: set EVOLUTION_API_URL and EVOLUTION_API_KEY"}}, r)

	o := s.stop()
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.errout, `"missing":"no gateway is configured`)

	for file, mode := range map[string]os.FileMode{"": 0o700, "suppression.key": 0o600} {
		info, err := os.Stat(filepath.Join(dir, file))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), file)
	}
}

func TestServeIsReadyWithAGateway(t *testing.T) {
	t.Parallel()
	g, err := evolutiontest.New(nil)
	require.NoError(t, err)
	defer g.Close()
	srv := httptest.NewServer(g)
	defer srv.Close()
	keyFile := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(keyFile, []byte(evolutiontest.DefaultKey+"\n"), 0o600))
	env := []string{"CAMPAIGND_DATA=" + t.TempDir(), "EVOLUTION_API_URL=" + srv.URL, "EVOLUTION_API_KEY_FILE=" + keyFile}
	s := serveHere(t, env, "serve", "--addr", "127.0.0.1:0")
	becomes(t, s.url, func(code int, r ready) bool { return code == http.StatusOK && r.Ready })
	require.Equal(t, exitOK, s.stop().code)

	// A wrong key is said, and the key is not.
	env[2] = "EVOLUTION_API_KEY=geheim"
	s = serveHere(t, env, "serve", "--addr", "127.0.0.1:0")
	becomes(t, s.url, func(code int, r ready) bool {
		return code == http.StatusServiceUnavailable && len(r.Reasons) == 1 && r.Reasons[0] == "the gateway refuses the key: check EVOLUTION_API_KEY"
	})
	o := s.stop()
	require.Equal(t, exitOK, o.code)
	require.NotContains(t, o.errout, "geheim")

	// A gateway that is down.
	srv.Close()
	s = serveHere(t, env, "serve", "--addr", "127.0.0.1:0")
	becomes(t, s.url, func(_ int, r ready) bool {
		return len(r.Reasons) == 1 && strings.HasPrefix(r.Reasons[0], "the gateway cannot be reached: check that it runs, and EVOLUTION_API_URL")
	})
	require.Equal(t, exitOK, s.stop().code)
}

func TestServeRefusesAPortThatIsTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	dir := filepath.Join(t.TempDir(), "data")
	addr := l.Addr().String()
	o := call(t, []string{"CAMPAIGND_DATA=" + dir}, "serve", "--addr", addr)
	require.Equal(t, exitFail, o.code)
	require.Equal(t, "campaignd: the address "+addr+" is taken by another program: end that one, or choose another address with CAMPAIGND_ADDR or --addr\n", o.errout)
	require.NoDirExists(t, dir, "a start that failed has made a directory")
}

func TestServeEndsOnSIGTERM(t *testing.T) {
	t.Parallel()
	cmd := daemon(t, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir())
	var errout strings.Builder
	cmd.Stderr = &errout
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	url, _ := started(t, out)
	code, _ := askReady(t, url)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait(), errout.String())
	require.Contains(t, errout.String(), "stopping: nothing new is taken, sends under way are waited for")
	require.Contains(t, errout.String(), `"msg":"stopped"`)
}

func TestServeRefusesAnotherKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"CAMPAIGND_DATA=" + dir}
	require.Equal(t, exitOK, serveHere(t, env, "serve", "--addr", "127.0.0.1:0").stop().code)
	require.Equal(t, exitOK, serveHere(t, env, "serve", "--addr", "127.0.0.1:0").stop().code)

	key := filepath.Join(dir, "suppression.key")
	require.NoError(t, os.WriteFile(key, []byte(strings.Repeat("ab", 32)), 0o600))
	o := call(t, env, "serve", "--addr", "127.0.0.1:0")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "is not the key that this database was begun with")

	require.NoError(t, os.WriteFile(key, []byte("short"), 0o600))
	o = call(t, env, "serve", "--addr", "127.0.0.1:0")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "is damaged")

	require.NoError(t, os.Remove(key))
	o = call(t, env, "serve", "--addr", "127.0.0.1:0")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "although there is a database: put the key back")
	require.NoFileExists(t, key)
}
