package main

import (
	"bufio"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// campaignIn starts a campaign of ten people in a data directory, which some
// daemon is to carry out.
func campaignIn(t *testing.T, dir string) {
	t.Helper()
	h := open(t, dir)
	in, err := h.service.AddInstance(t.Context(), campaign.Instance{Remote: "vendas", Pace: campaign.Pace{NoGap: true}})
	require.NoError(t, err)
	c, err := h.service.Create(t.Context(), campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi"}}, Instances: []campaign.InstanceID{in.ID}})
	require.NoError(t, err)
	var people []contact.Contact
	for i := range 10 {
		people = append(people, contact.Contact{Phone: contact.Phone(fmt.Sprintf("+55119000000%02d", i))})
	}
	_, err = h.service.Add(t.Context(), c.ID, campaign.Everyone(people...))
	require.NoError(t, err)
	_, err = h.service.Start(t.Context(), c.ID)
	require.NoError(t, err)
	require.NoError(t, h.close())
}

func open(t *testing.T, dir string) *house {
	t.Helper()
	w := &world{ctx: t.Context(), env: environment{}}
	h, err := openHouse(w, houseFlags{dataFlag: dataFlag{Data: dir}}, newClock(), evolution.Server{}, "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return h
}

// A daemon that is told to stop waits for the send under way and writes its
// result down: nothing is unknown afterwards.
func TestStoppingWaitsForTheSendUnderWay(t *testing.T) {
	t.Parallel()
	g, err := evolutiontest.New(&evolutiontest.Options{Scale: -1, Latency: 200 * time.Millisecond, Acks: []evolutiontest.Ack{}})
	require.NoError(t, err)
	defer g.Close()
	srv := httptest.NewServer(g)
	defer srv.Close()
	require.NoError(t, g.Open("vendas"))
	dir := filepath.Join(t.TempDir(), "data")
	campaignIn(t, dir)

	s := serveHere(t, []string{"CAMPAIGND_DATA=" + dir, "EVOLUTION_API_URL=" + srv.URL, "EVOLUTION_API_KEY=" + evolutiontest.DefaultKey},
		"serve", "--addr", "127.0.0.1:0")
	require.Eventually(t, func() bool { return g.Asked() > g.Count() }, 20*time.Second, time.Millisecond)
	o := s.stop()
	require.Equal(t, exitOK, o.code, o.errout)

	h := open(t, dir)
	defer h.close()
	p, err := h.service.Progress(t.Context(), 1)
	require.NoError(t, err)
	require.Zero(t, p.Sending)
	require.Zero(t, p.Unknown)
	require.EqualValues(t, g.Count(), p.Sent)
	require.Positive(t, p.Pending, "the campaign ended before the stop: the test proves nothing")
	require.Equal(t, campaign.Active, p.Status)
}

// A second signal does not wait. What was under way is unknown afterwards, and
// is not sent again.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	g, err := evolutiontest.New(&evolutiontest.Options{Scale: -1})
	require.NoError(t, err)
	defer g.Close()
	srv := httptest.NewServer(g)
	defer srv.Close()
	require.NoError(t, g.Open("vendas"))
	_, err = g.Inject(evolutiontest.Fault{Kind: evolutiontest.HangBefore})
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "data")
	campaignIn(t, dir)

	cmd := daemon(t, "serve", "--addr", "127.0.0.1:0", "--data", dir)
	cmd.Env = append(cmd.Env, "EVOLUTION_API_URL="+srv.URL, "EVOLUTION_API_KEY="+evolutiontest.DefaultKey)
	errout, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	told, exited := make(chan struct{}), make(chan error, 1)
	go func() {
		for lines := bufio.NewScanner(errout); lines.Scan(); {
			if strings.Contains(lines.Text(), "stopping: nothing new is taken") {
				close(told)
			}
		}
		exited <- cmd.Wait()
	}()
	require.Eventually(t, func() bool { return g.Asked() == 1 }, 20*time.Second, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	<-told
	require.Eventually(t, func() bool {
		_ = cmd.Process.Signal(syscall.SIGTERM) // one that follows the first too closely counts as the same
		return len(exited) > 0
	}, 30*time.Second, 50*time.Millisecond)
	require.Error(t, <-exited)
	require.Equal(t, -1, cmd.ProcessState.ExitCode(), "ended by the signal")

	h := open(t, dir)
	defer h.close()
	p, err := h.service.Progress(t.Context(), 1)
	require.NoError(t, err)
	require.EqualValues(t, 1, p.Sending, "the row in flight is what the next start asks the gateway about")
}

// The terminal of a daemon is closed: it ends in good order.
func TestAClosedTerminalEndsADaemonInGoodOrder(t *testing.T) {
	t.Parallel()
	cmd := daemon(t, "serve", "--addr", "127.0.0.1:0", "--data", filepath.Join(t.TempDir(), "data"))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	served := false
	for lines.Scan() {
		if !served && strings.Contains(lines.Text(), "address") {
			served = true
			require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
			if signal.Ignored(syscall.SIGHUP) { // under nohup the daemon goes on
				require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
			}
		}
	}
	require.True(t, served)
	require.NoError(t, cmd.Wait(), "it was killed instead of ending")
}
