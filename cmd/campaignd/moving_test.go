package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/sqlite"
)

// counting is a gateway that counts, and loses its answer when it is told to.
type counting struct {
	sent int
	lose bool
	seen []string
}

func (g *counting) Send(_ context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	g.sent++
	g.seen = append(g.seen, string(m.To))
	if g.lose {
		return campaign.Accepted{}, errors.New("connection reset")
	}
	return campaign.Accepted{ProviderID: fmt.Sprint("3EB0", g.sent)}, nil
}

// Find implements campaign.Lookup.
func (g *counting) Find(_ context.Context, q campaign.Inquiry) ([]campaign.Record, error) {
	return []campaign.Record{{ProviderID: "found " + string(q.To), At: q.From.Add(time.Second)}}, nil
}

// begin opens the house as a daemon does at its start, and closes it.
func begin(t *testing.T, environ []string) error {
	t.Helper()
	h, err := openHouse(&world{ctx: t.Context(), env: parseEnvironment(environ)}, houseFlags{dataFlag: dataFlag{Data: parseEnvironment(environ)["CAMPAIGND_DATA"]}},
		newClock(), evolution.Server{}, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return h.close()
}

// living is a database in a data directory with a campaign under way.
type living struct {
	key   []byte // of the first directory, whatever becomes of it
	t     *testing.T
	dir   string
	clock time.Time
	via   *counting
	store *sqlite.Store
	e     *campaign.Engine
	id    campaign.ID
}

func newLiving(t *testing.T) *living {
	t.Helper()
	l := &living{t: t, dir: filepath.Join(t.TempDir(), "data"), clock: time.Now(), via: &counting{}}
	o := call(t, []string{"CAMPAIGND_DATA=" + l.dir}, "check") // nothing there yet
	require.Equal(t, exitFail, o.code)
	require.NoError(t, begin(t, []string{"CAMPAIGND_DATA=" + l.dir})) // draws the key
	l.open()
	me := l.me()
	number, err := me.AddInstance(t.Context(), campaign.Instance{Remote: "n", Pace: campaign.Pace{MinGap: time.Second, MaxGap: time.Second}})
	require.NoError(t, err)
	c, err := me.Create(t.Context(), campaign.Draft{Name: "Páscoa", Schedule: schedule.Spec{Kind: schedule.KindImmediate},
		Messages: []campaign.Message{{Text: "Oi"}}, Instances: []campaign.InstanceID{number.ID}})
	require.NoError(t, err)
	people := make([]contact.Contact, 20)
	for i := range people {
		people[i] = contact.Contact{Name: "Ana", Phone: contact.Phone(fmt.Sprintf("+551190000%04d", i)), Active: true}
	}
	_, err = me.Add(t.Context(), c.ID, campaign.Everyone(people...))
	require.NoError(t, err)
	_, err = me.Start(t.Context(), c.ID)
	require.NoError(t, err)
	l.id = c.ID
	return l
}

func (l *living) me() *campaign.Service {
	return l.e.As(campaign.Caller{Author: "ana", Role: campaign.Host})
}

func (l *living) open() {
	l.t.Helper()
	var err error
	l.store, err = sqlite.Open(l.t.Context(), filepath.Join(l.dir, "campaigns.db"), nil)
	require.NoError(l.t, err)
	l.t.Cleanup(func() { l.store.Close() })
	if l.key == nil {
		l.key, err = datadir.Key(l.dir)
		require.NoError(l.t, err)
	}
	l.e, err = campaign.New(l.store, l.via, &campaign.Options{Now: func() time.Time { return l.clock }, Secret: l.key})
	require.NoError(l.t, err)
}

// send sends n messages.
func (l *living) send(n int) {
	l.t.Helper()
	for range n {
		before := l.via.sent
		for i := 0; l.via.sent == before && i < 10; i++ {
			_, err := l.e.Step(l.t.Context())
			require.NoError(l.t, err)
			l.clock = l.clock.Add(time.Second)
		}
		require.Equal(l.t, before+1, l.via.sent)
	}
}

func (l *living) status() campaign.Campaign {
	l.t.Helper()
	c, err := l.me().Campaign(l.t.Context(), l.id)
	require.NoError(l.t, err)
	return c
}

// Back up, send more, restore, start: nobody gets a second message before a
// person has said so, and what was lost before the backup is looked up.
func TestARestoredInstallationOpensPaused(t *testing.T) {
	l := newLiving(t)
	l.send(5)
	l.via.lose = true
	l.send(1)
	l.via.lose = false
	require.NoError(t, l.store.Close())
	file := filepath.Join(t.TempDir(), "monday.dump")
	o := call(t, []string{"CAMPAIGND_DATA=" + l.dir}, "backup", file)
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "1 campaign, 20 people, 6 attempts")
	require.Contains(t, o.out, "keep suppression.key apart")
	o = call(t, []string{"CAMPAIGND_DATA=" + l.dir}, "backup", file)
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "there is a file "+file+" already")
	l.open()
	l.send(4)
	require.NoError(t, l.store.Close())

	// The right key is asked for before anything is made.
	other := filepath.Join(t.TempDir(), "new")
	o = call(t, []string{"CAMPAIGND_DATA=" + other}, "restore", file)
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "put the suppression.key of the old data directory there first")
	require.NoDirExists(t, other)
	o = call(t, []string{"CAMPAIGND_DATA=" + other, "CAMPAIGND_SECRET=" + strings.Repeat("ab", 32)}, "restore", file)
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "CAMPAIGND_SECRET is not the key of this backup")
	o = call(t, []string{"CAMPAIGND_DATA=" + l.dir}, "restore", file)
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "there is a database at")

	key, err := os.ReadFile(filepath.Join(l.dir, "suppression.key"))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(other, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(other, "suppression.key"), key, 0o600))
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	cut := filepath.Join(t.TempDir(), "cut.dump")
	require.NoError(t, os.WriteFile(cut, b[:len(b)*2/3], 0o600))
	o = call(t, []string{"CAMPAIGND_DATA=" + other}, "restore", cut)
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "the backup is damaged")
	require.NoFileExists(t, filepath.Join(other, "campaigns.db"))
	o = call(t, []string{"CAMPAIGND_DATA=" + other}, "restore", file)
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "paused     1 campaign, with the cause restored")

	sent := l.via.sent
	l.dir = other
	l.clock = l.clock.Add(time.Hour) // the quarantine of what was lost is over
	l.open()
	for range 30 {
		_, err := l.e.Step(t.Context())
		require.NoError(t, err)
		l.clock = l.clock.Add(time.Minute)
	}
	require.Equal(t, sent, l.via.sent, "something was sent before a person had looked")
	c := l.status()
	require.Equal(t, campaign.Paused, c.Status)
	require.Equal(t, campaign.ByRestore, c.Cause)
	lost, err := l.me().Recipient(t.Context(), campaign.RecipientID{Campaign: l.id, Position: 6})
	require.NoError(t, err)
	require.Equal(t, campaign.Sent, lost.State)
	require.Equal(t, "found +5511900000005", lost.ProviderID)
	r, err := audit.Check(t.Context(), l.store, &audit.Options{Now: func() time.Time { return l.clock }, Deadline: startDeadline})
	require.NoError(t, err)
	require.Empty(t, r.Violations)
}

func TestABackupCanHoldTheKey(t *testing.T) {
	l := newLiving(t)
	l.send(1)
	require.NoError(t, l.store.Close())
	file, other := filepath.Join(t.TempDir(), "x.dump"), filepath.Join(t.TempDir(), "new")
	o := call(t, []string{"CAMPAIGND_DATA=" + l.dir}, "backup", "--with-key", file)
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "whoever has it knows the key")
	o = call(t, []string{"CAMPAIGND_DATA=" + other}, "restore", file)
	require.Equal(t, exitOK, o.code, o.errout)
	was, err := os.ReadFile(filepath.Join(l.dir, "suppression.key"))
	require.NoError(t, err)
	now, err := os.ReadFile(filepath.Join(other, "suppression.key"))
	require.NoError(t, err)
	require.Equal(t, was, now)
}

// There and back: the old house is shut and says where everybody has gone, and
// the campaign goes on where it stood.
func TestMovingHouse(t *testing.T) {
	l := newLiving(t)
	l.send(5)
	require.NoError(t, l.store.Close())
	address := servers.Postgres(t)
	old := "sqlite:" + filepath.Join(l.dir, "campaigns.db")
	env := []string{"CAMPAIGND_DATA=" + l.dir, "DATABASE_URL=" + address}

	for args, want := range map[string]string{
		"copy":                                "name the database to move into",
		"copy --from postgres://u:geheim@h/d": "--from has a password in it",
		"copy --from sqlite:/nowhere/x.db":    "there is no database at /nowhere/x.db",
		"copy --from oracle:x":                "--from names a oracle database",
		"copy --reopen --from " + old:         "is not shut",
		"copy --from " + old + " --to " + old: "are the same database",
		"copy --from " + old + " --to sqlite:" + l.dir + "/suppression.key": "nothing was moved: sqlite: the store is not empty",
	} {
		o := call(t, env, strings.Fields(args)...)
		require.Equal(t, exitFail, o.code, args)
		require.Contains(t, o.errout, want, args)
		require.NotContains(t, o.errout, "geheim")
	}

	o := call(t, env, "copy", "--from", old)
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "1 campaign, 20 people, 5 attempts")
	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"copy", "--to", "sqlite:" + filepath.Join(t.TempDir(), "x.db")}} {
		o = call(t, []string{"CAMPAIGND_DATA=" + l.dir}, args...)
		require.Equal(t, exitFail, o.code)
		require.Contains(t, o.errout, "the store was shut: it has moved to PostgreSQL")
	}
	o = call(t, env, "check")
	require.Equal(t, exitOK, o.code, o.out+o.errout)
	execute(t, address, fmt.Sprintf("INSERT INTO campaigns.daemons VALUES ('alive', 1, %d)", time.Now().UnixMicro()))
	back := filepath.Join(t.TempDir(), "back", "campaigns.db")
	o = call(t, env, "copy", "--to", "sqlite:"+back)
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "daemons work on PostgreSQL")
	execute(t, address, "DELETE FROM campaigns.daemons") // as a quarter of a minute does
	o = call(t, env, "copy", "--to", "sqlite:"+back)
	require.Equal(t, exitOK, o.code, o.errout)
	o = call(t, env, "serve", "--addr", "127.0.0.1:0")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "the store was shut: it has moved to "+back)

	l.dir = filepath.Dir(back)
	l.open()
	require.Equal(t, campaign.Active, l.status().Status)
	l.send(15)
	once := map[string]bool{}
	for _, p := range l.via.seen {
		require.False(t, once[p], "%s has two messages", p)
		once[p] = true
	}
	require.Len(t, once, 20)
}

// A copy that was killed has left the old house shut: it can be run again, or
// given up.
func TestAMoveThatWasKilled(t *testing.T) {
	l := newLiving(t)
	l.send(2)
	from, to := filepath.Join(l.dir, "campaigns.db"), filepath.Join(t.TempDir(), "x.db")
	require.NoError(t, l.store.Shut(t.Context(), "campaignd copy is moving it to "+to+" since noon"))
	require.NoError(t, l.store.Close())
	env := []string{"CAMPAIGND_DATA=" + l.dir}
	o := call(t, env, "copy", "--to", "sqlite:"+filepath.Join(t.TempDir(), "elsewhere.db"))
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, dump.ErrShut.Error())
	o = call(t, env, "copy", "--from", "sqlite:"+from, "--reopen")
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "two that send would send twice")
	require.NoError(t, begin(t, env))

	again, err := sqlite.Open(t.Context(), from, nil)
	require.NoError(t, err)
	require.NoError(t, again.Shut(t.Context(), "campaignd copy is moving it to "+to+" since noon"))
	require.NoError(t, again.Close())
	o = call(t, env, "copy", "--to", "sqlite:"+to)
	require.Equal(t, exitOK, o.code, o.errout)
	require.FileExists(t, to)
}

// What a running daemon has kept, its accounts and numbers with it, goes on in
// the new house, and only there.
func TestMovingADaemonWithAllItHas(t *testing.T) {
	t.Parallel()
	address := servers.Postgres(t)
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	o.daemon = serveHere(t, o.environ, "serve")
	o.says("instance", "create", "vendas", "--record")
	o.says("instance", "pace", "vendas", "--min", "1", "--max", "1")
	o.people("11 90000-0001", "11 90000-0002", "11 90000-0003")
	o.says("group", "create", "clientes")
	o.says("group", "add", "clientes", "1", "2", "3")
	o.says("optout", "11 90000-0003", "--evidence", "by phone")
	o.says("campaign", "new", "Páscoa", "--group", "clientes", "--message", "Oi", "--instance", "vendas", "--schedule", "immediate")
	o.says("campaign", "start", "1", "--yes")
	require.Eventually(t, func() bool { return len(o.gateway.Sends()) > 0 }, 30*time.Second, 20*time.Millisecond)
	post := func(what, body string) int {
		res, err := http.Post(o.daemon.url+"/api/auth/"+what+"/", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	const ana = `"email":"ana@example.com","password":"uma senha bem comprida"`
	_, secret, _ := strings.Cut(strings.TrimSpace(o.says("user", "first")), "#")
	require.Equal(t, http.StatusOK, post("accept", `{"secret":"`+secret+`",`+ana+`}`))
	token := strings.TrimSpace(o.says("token", "create", "script"))
	require.Contains(t, o.refuses("copy", "--to", address), "end it first")
	require.Equal(t, exitOK, o.daemon.stop().code)
	o.says("copy", "--to", address)
	require.Contains(t, o.refuses("serve"), "the store was shut: it has moved to PostgreSQL")

	o.environ = append(o.environ, "DATABASE_URL="+address)
	o.open()
	o.until("completed", "campaign", "show", "1")
	require.Len(t, o.gateway.Sends(), 2)
	require.Contains(t, o.says("contacts", "list"), "+5511900000001")
	require.Contains(t, o.says("token", "list"), "script")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.daemon.url+"/api/campaigns/campaigns/1/", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode, "a token of the old house")
	require.Equal(t, http.StatusOK, post("login", `{`+ana+`}`), "a password of the old house")
}
