package evolutiontest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// childDir makes the test binary a gateway that sends to itself until it is
// killed; see TestKilledGatewayForgetsNothing.
const childDir = "EVOLUTIONTEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child performs sends for ever and prints each id once it has been answered.
func child(dir string) error {
	g, err := evolutiontest.New(&evolutiontest.Options{Dir: dir, Scale: 1e-6})
	if err != nil {
		return err
	}
	if err := g.Open("a1"); err != nil {
		return err
	}
	var mu sync.Mutex
	out := bufio.NewWriter(os.Stdout)
	for i := range 8 {
		go func() {
			for n := 0; ; n++ {
				w := do(g, key, sendA1, fmt.Sprintf(`{"number":"551190000%04d","text":"%d %d"}`, i, i, n))
				var got struct{ Key evolutiontest.Key }
				if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Key.ID == "" {
					continue
				}
				mu.Lock()
				fmt.Fprintln(out, got.Key.ID)
				out.Flush()
				mu.Unlock()
			}
		}()
	}
	select {}
}

// A gateway is killed in the middle of its writing, again and again on one
// directory. What it answered is in the ledger, each exactly once, and the
// next gateway goes on from there.
func TestKilledGatewayForgetsNothing(t *testing.T) {
	dir := t.TempDir()
	answered := map[string]bool{}
	for round := range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		cmd.Stderr = os.Stderr
		pipe, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(pipe)
		for n := 0; n < 100+50*round && lines.Scan(); n++ {
			answered[lines.Text()] = true
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // what was answered before the kill arrived
			if len(lines.Text()) == 22 {
				answered[lines.Text()] = true
			}
		}
		require.Error(t, cmd.Wait())

		sends, err := evolutiontest.ReadLedger(dir)
		require.NoError(t, err)
		inLedger := map[string]int{}
		for _, s := range sends {
			inLedger[s.ID]++
			require.Equal(t, 1, inLedger[s.ID], "an id twice")
		}
		for id := range answered {
			require.Equal(t, 1, inLedger[id], "answered, but not in the ledger: %s", id)
		}
		receipts, err := evolutiontest.ReadRequests(dir)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(receipts), len(sends), "a message without its receipt")
	}
	require.GreaterOrEqual(t, len(answered), 700)

	sends, err := evolutiontest.ReadLedger(dir)
	require.NoError(t, err)
	g := quick(t, func(o *evolutiontest.Options) { o.Dir = dir })
	require.Equal(t, sends, g.Sends())
	require.NoError(t, g.Scan("a1"))
	last := sends[len(sends)-1]
	play(t, g, []exchange{
		{"token", sendA1, `{"number":"5511900001234","text":"after"}`, 201, ""},
		{"token", "POST /chat/findStatusMessage/a1", `{"where":{"id":"` + last.ID + `"}}`, 200, ""},
	})
	w := do(g, key, "POST /chat/findMessages/a1", `{"where":{"key":{"id":"`+last.ID+`"}}}`)
	require.Contains(t, w.Body.String(), `"total":1`)
	require.Greater(t, g.SendsTo("5511900001234")[0].Seq, last.Seq)
}

func TestTornTailIsCut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, evolutiontest.LedgerFile)
	g := quick(t, func(o *evolutiontest.Options) { o.Dir = dir })
	require.NoError(t, g.Open("a1"))
	for range 3 {
		require.Equal(t, 201, do(g, key, sendA1, `{"number":"5511900001234","text":"x"}`).Code)
	}
	require.NoError(t, g.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	all, err := evolutiontest.ReadLedger(dir)
	require.NoError(t, err)
	require.Len(t, all, 3)

	// Every possible cut: never an error, never more sends than were whole.
	other := t.TempDir()
	for cut := range whole {
		require.NoError(t, os.WriteFile(filepath.Join(other, evolutiontest.LedgerFile), whole[:cut], 0o600))
		got, err := evolutiontest.ReadLedger(other)
		require.NoError(t, err)
		require.Equal(t, strings.Count(string(whole[:strings.LastIndexByte(string(whole[:cut]), '\n')+1]), `{"send":`), len(got))
	}

	torn := string(whole) + `00000000 9999 {"send":` + strings.Repeat("torn ", 2000)
	require.NoError(t, os.WriteFile(path, []byte(torn), 0o600))
	again := quick(t, func(o *evolutiontest.Options) { o.Dir = dir })
	require.NoError(t, again.Scan("a1"))
	require.Equal(t, 201, do(again, key, sendA1, `{"number":"5511900001234","text":"y"}`).Code)
	require.NoError(t, again.Close())
	got, err := evolutiontest.ReadLedger(dir)
	require.NoError(t, err)
	require.Len(t, got, 4)
	require.Equal(t, "y", got[3].Text)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(after), string(whole)))
	require.NotContains(t, string(after), "torn")
}

func TestDamageBeforeTheEndIsAnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, evolutiontest.LedgerFile)
	g := quick(t, func(o *evolutiontest.Options) { o.Dir = dir })
	require.NoError(t, g.Open("a1"))
	require.Equal(t, 201, do(g, key, sendA1, `{"number":"5511900001234","text":"first"}`).Code)
	require.Equal(t, 201, do(g, key, sendA1, `{"number":"5511900001234","text":"second"}`).Code)
	require.NoError(t, g.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(whole), "first", "fjrst", 1)), 0o600))
	_, err = evolutiontest.ReadLedger(dir)
	require.ErrorIs(t, err, evolutiontest.ErrDamaged)
	_, err = evolutiontest.New(&evolutiontest.Options{Dir: dir})
	require.ErrorIs(t, err, evolutiontest.ErrDamaged)
}

func TestNewGatewayOnAnOldDirectory(t *testing.T) {
	dir := t.TempDir()
	o := func(o *evolutiontest.Options) { o.Dir = dir }
	g := quick(t, o)
	play(t, g, []exchange{
		{"global", "POST /instance/create", `{"instanceName":"a1","token":"TA","integration":"WHATSAPP-BAILEYS","rejectCall":true}`, 201, ""},
		{"global", "POST /instance/create", `{"instanceName":"gone","integration":"WHATSAPP-BAILEYS"}`, 201, ""},
		{"global", "DELETE /instance/delete/gone", ``, 200, ""},
		{"global", "POST /webhook/set/a1", `{"webhook":{"enabled":true,"url":"http://127.0.0.1:9/x","events":["CALL"],"headers":{"a":"b"}}}`, 201, ""},
	})
	require.NoError(t, g.Scan("a1"))
	play(t, g, []exchange{{"token", sendA1, `{"number":"5511900001234","text":"x"}`, 201, ""}})
	before := do(g, key, "GET /webhook/find/a1", "").Body.String()
	id := g.Sends()[0].ID
	_, err := g.PushStatus("a1", id, "PLAYED")
	require.NoError(t, err)
	require.NoError(t, g.Close())

	g = quick(t, o, func(o *evolutiontest.Options) { o.Scale = 1e9 }) // reconnecting takes its time
	token, err := g.Token("a1")
	require.NoError(t, err)
	require.Equal(t, "TA", token)
	play(t, g, []exchange{
		{"token", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"connecting"}}`},
		{"token", "GET /instance/connectionState/gone", "", 404, ""},
		{"token", "GET /webhook/find/a1", "", 200, plain(before)},
		{"token", "GET /settings/find/a1", "", 200, `{"rejectCall":true,"msgCall":"","groupsIgnore":false,"alwaysOnline":false,
			"readMessages":false,"readStatus":false,"syncFullHistory":false,"wavoipToken":""}`},
		{"token", sendA1, `{"number":"5521900001234","text":"not cached"}`, 500, text(500, "Connection Closed")},
		{"token", sendA1, `{"number":"5511900001234","text":"cached"}`, 400, list(400, "Bad Request", "Error: Connection Closed")},
	})
	require.Contains(t, do(g, key, "POST /chat/findStatusMessage/a1", `{"where":{"id":"`+id+`"}}`).Body.String(), "PLAYED")
	require.Equal(t, 1, g.Count())
	require.Equal(t, 3, g.Asked())
	got := g.Requests()
	require.Equal(t, []int{201, 500, 400}, []int{got[0].Status, got[1].Status, got[2].Status})
}

func TestDirectoryWithoutLedger(t *testing.T) {
	sends, err := evolutiontest.ReadLedger(filepath.Join(t.TempDir(), "none"))
	require.NoError(t, err)
	require.Empty(t, sends)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = evolutiontest.New(&evolutiontest.Options{Dir: file})
	require.Error(t, err)
}

func TestClosedGatewayPerformsNothing(t *testing.T) {
	dir := t.TempDir()
	g := quick(t, func(o *evolutiontest.Options) { o.Dir = dir })
	require.NoError(t, g.Open("a1"))
	require.NoError(t, g.Close())
	require.NoError(t, g.Close())
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { do(g, key, sendA1, `{"number":"5511900001234","text":"x"}`) })
	sends, err := evolutiontest.ReadLedger(dir)
	require.NoError(t, err)
	require.Empty(t, sends)
}

func TestCompactKeepsCounts(t *testing.T) {
	dir := t.TempDir()
	g := quick(t, func(o *evolutiontest.Options) { o.Compact = true; o.Dir = dir })
	require.NoError(t, g.Open("a1"))
	for range 5 {
		require.Equal(t, 201, do(g, key, sendA1, `{"number":"5531987650000","text":"x"}`).Code)
	}
	require.Equal(t, 5, g.CountTo("553187650000"))
	require.Empty(t, g.Sends())
	require.Contains(t, do(g, key, "POST /chat/findMessages/a1", `{}`).Body.String(), `"total":0`)
	require.NoError(t, g.Close())
	sends, err := evolutiontest.ReadLedger(dir)
	require.NoError(t, err)
	require.Len(t, sends, 5)
	g = quick(t, func(o *evolutiontest.Options) { o.Compact = true; o.Dir = dir })
	require.Equal(t, 5, g.CountTo("+5531987650000"))
}

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var hits sync.Map
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e struct {
			Event string
			Data  struct{ Key evolutiontest.Key }
		}
		if json.NewDecoder(r.Body).Decode(&e) == nil && e.Event == "send.message" {
			hits.Store(e.Data.Key.ID, true)
		}
	}))
	defer srv.Close()
	g := quick(t, func(o *evolutiontest.Options) { o.Dir = dir; o.Now = nil })
	require.NoError(t, g.Open("a1", "b1"))
	for _, name := range []string{"a1", "b1"} {
		require.Equal(t, 201, do(g, key, "POST /webhook/set/"+name, `{"webhook":{"enabled":true,"url":"`+srv.URL+`","events":[]}}`).Code)
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			name := []string{"a1", "b1"}[i%2]
			for n := range 25 {
				do(g, key, "POST /message/sendText/"+name, fmt.Sprintf(`{"number":"551190000%04d","text":"%d"}`, i, n))
				do(g, key, "POST /chat/findMessages/"+name, `{}`)
				if n%10 == 0 {
					_ = g.Drop(name, 428, 0)
					_ = g.Scan(name)
				}
			}
		})
	}
	wg.Wait()
	sends := g.Sends()
	require.NotEmpty(t, sends)
	require.Eventually(t, func() bool {
		for _, s := range sends {
			if _, there := hits.Load(s.ID); !there {
				return false
			}
		}
		return true
	}, 20*time.Second, 5*time.Millisecond)
	require.NoError(t, g.Close())
	onDisk, err := evolutiontest.ReadLedger(dir)
	require.NoError(t, err)
	require.ElementsMatch(t, sends, onDisk)
}

func BenchmarkSendText(b *testing.B) {
	for _, place := range []string{"memory", "compact", "disk"} {
		b.Run(place, func(b *testing.B) {
			g := quick(b, func(o *evolutiontest.Options) {
				o.Acks, o.Now = []evolutiontest.Ack{}, nil
				o.Compact = place == "compact"
				if place == "disk" {
					o.Dir = b.TempDir()
				}
			})
			require.NoError(b, g.Open("a1"))
			b.SetParallelism(64)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if w := do(g, key, sendA1, `{"number":"5511900001234","text":"Bom dia, tudo bem?"}`); w.Code != 201 {
						b.Error(w.Code)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
		})
	}
}
