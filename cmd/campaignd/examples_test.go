package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// flow runs one of the scripts in examples against a shop.
func (s *shop) flow(script string, environ ...string) string {
	s.t.Helper()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.NotEqual(s.t, "true", os.Getenv("CI"), "the examples need %s", tool)
			s.t.Skip("the examples need " + tool)
		}
	}
	program(s.t)
	ctx, cancel := context.WithTimeout(s.t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", filepath.Join("..", "..", "examples", script))
	cmd.Env = append(s.environ, append(environ, "HOME="+s.t.TempDir(), "GATEWAY="+s.gatewayURL,
		"GATEWAY_KEY="+evolutiontest.DefaultKey, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))...)
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "%s", out)
	require.NotContains(s.t, string(out), evolutiontest.DefaultKey, "the gateway's key has come out")
	return string(out)
}

// once demands that each of the four people got one message, in turns.
func (s *shop) once() {
	s.t.Helper()
	require.Equal(s.t, 4, s.gateway.Count())
	texts := map[bool]int{}
	for _, n := range []string{"5511900000001", "5511900000002", "5511900000003", "5511900000004"} {
		sends := s.gateway.SendsTo(n)
		require.Len(s.t, sends, 1, n)
		texts[strings.HasPrefix(sends[0].Text, "Oi, ")]++
	}
	require.Equal(s.t, map[bool]int{true: 2, false: 2}, texts)
	require.Contains(s.t, s.says("check"), "Everything that was checked holds.")
}

func TestTheWholeFlowWithCurlAlone(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, environ ...string) {
		s := newShop(t, environ...)
		out := s.flow("curl/flow.sh", "API="+s.daemon.url, "LINK="+s.public+"/join#"+s.secret())
		require.Contains(t, out, "\ncompleted: 4 sent, 4 read, 2 answered\n")
		s.once()
	})
}

func TestTheWholeFlowWithTheCommandLineAlone(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, environ ...string) {
		s := newShop(t, environ...)
		out := s.flow("cli/flow.sh")
		require.Contains(t, out, "\nvendas is connected\n")
		require.True(t, strings.HasSuffix(out, "\ncompleted\n"))
		s.once()
	})
}
