package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/internal/servers"
)

// examined runs the doctor, and returns what it found by what it looked at.
func (o *office) examined(code int, environ ...string) map[string]finding {
	o.t.Helper()
	out := call(o.t, append(o.environ[:len(o.environ):len(o.environ)], environ...), "doctor", "--json")
	require.Equal(o.t, code, out.code, out.out+out.errout)
	var r struct {
		OK       bool
		Findings []finding
	}
	require.NoError(o.t, json.Unmarshal([]byte(out.out), &r), out.out)
	require.Equal(o.t, code == exitOK, r.OK)
	found := map[string]finding{}
	for _, f := range r.Findings {
		require.NotContains(o.t, found, f.What)
		require.NotEmpty(o.t, f.Detail, f.What)
		found[f.What] = f
	}
	require.NotContains(o.t, out.out, evolutiontest.DefaultKey)
	return found
}

// levels are the findings of a level.
func levels(found map[string]finding, level string) (what []string) {
	for _, f := range found {
		if f.Level == level {
			what = append(what, f.What)
		}
	}
	return what
}

// The doctor sees an installation come into being, and says what is missing.
func TestTheDoctorSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, environ ...string) {
		s := newShop(t, environ...)
		found := s.examined(exitFail)
		require.Equal(t, []string{"gateway"}, levels(found, levelFail))
		require.Equal(t, levelOK, found["daemon"].Level)
		require.Equal(t, levelOK, found["public address"].Level, found["public address"].Detail)
		require.Equal(t, levelOK, found["clock"].Level)

		s.join()
		i := s.connect("vendas")
		s.becomes("a report has come", func() bool {
			s.do("GET", linesPath+"1/", "", 200, &i)
			return i.Reports.State == "verified"
		})
		found = s.examined(exitOK)
		require.Equal(t, finding{"gateway " + s.gatewayURL, levelOK, "it answers and takes the key, version 2.3.6", ""}, found["gateway "+s.gatewayURL])
		require.Contains(t, found["number vendas, reports"].Detail, "and has done so")
		require.Equal(t, levelWarn, found["number vendas, stored messages"].Level)

		id := s.start(1, i.ID)
		s.becomes("it is read", func() bool { return s.metrics(id).Read == 1 })
		require.Equal(t, levelOK, s.examined(exitOK)["number vendas, stored messages"].Level)
		s.gateway.SetStoring(false)
		id = s.start(1, i.ID)
		s.becomes("it is read", func() bool { return s.metrics(id).Read == 1 })
		require.Contains(t, s.examined(exitOK)["number vendas, stored messages"].Do, "DATABASE_SAVE_MESSAGE_UPDATE")

		require.Equal(t, levelWarn, s.examined(exitOK, "CAMPAIGND_PUBLIC_URL="+s.gatewayURL)["public address"].Level, "it leads to another server")
		require.NoError(t, s.gateway.Drop("vendas", 401, -1))
		s.becomes("the number is closed", func() bool {
			var st control.State
			s.do("POST", linesPath+"1/check_status/", "", 200, &st)
			return st.State == campaign.ConnectionClosed
		})
		require.Equal(t, []string{"number vendas"}, levels(s.examined(exitFail), levelFail))
	})
}

// It makes nothing, and finds what would keep a daemon from starting.
func TestTheDoctorLooksBeforeADaemonRuns(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	dir := strings.TrimPrefix(o.environ[0], "CAMPAIGND_DATA=")
	found := o.examined(exitOK)
	require.Equal(t, levelWarn, found["data directory"].Level)
	require.NoDirExists(t, dir)

	o.begin()
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.Chmod(filepath.Join(dir, "suppression.key"), 0o644))
	found = o.examined(exitOK)
	require.Equal(t, "chmod 700 "+dir, found["data directory"].Do)
	require.Equal(t, "chmod 600 "+filepath.Join(dir, "suppression.key"), found["key"].Do)
	require.Equal(t, "campaignd serve", found["daemon"].Do)

	require.Equal(t, []string{"Redis"}, levels(o.examined(exitFail, "REDIS_URL=redis://127.0.0.1:1"), levelFail))
	require.Equal(t, []string{"database"}, levels(o.examined(exitFail, "DATABASE_URL=postgres://u@127.0.0.1:1/d"), levelFail))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "suppression.key"), []byte("short"), 0o600))
	require.Contains(t, levels(o.examined(exitFail), levelFail), "key")
}

func TestTheDoctorAsksRedis(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.Equal(t, levelOK, o.examined(exitOK, "REDIS_URL="+servers.Redis(t))["Redis"].Level)
}
