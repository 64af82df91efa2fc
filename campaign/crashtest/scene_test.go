package crashtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/alreasense/campaigns/store/sqlite"
)

// The constants of the scenes. The deadline is long, since the real client
// also watches the real clock and the machine may be slow.
const (
	deadline = 20 * time.Second
	rest     = 10 * time.Second
)

// monday is 09:00 in São Paulo.
var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// disk is a store that can be found again after its process was killed.
type disk interface {
	store() campaign.Store
	// keep takes down what the disk holds at this instant.
	keep()
	// revive opens what was kept.
	revive(t *testing.T)
	close()
}

// server is a database that does not die with its clients.
type server struct{ s *memory.Store }

func (s server) store() campaign.Store { return s.s }
func (s server) keep()                 {}
func (s server) revive(*testing.T)     {}
func (s server) close()                {}

// file is a database in a file. Its copy is made while the process that dies
// has it open, so that a transaction is found as a kill leaves it.
type file struct {
	t     *testing.T
	s     *sqlite.Store
	files map[string][]byte
}

func openFile(t *testing.T, files map[string][]byte) *file {
	dir := t.TempDir()
	for name, b := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "x.db"), &sqlite.Options{Readers: 1})
	require.NoError(t, err)
	return &file{t: t, s: s}
}

func (f *file) store() campaign.Store { return f.s }

func (f *file) keep() {
	f.files = map[string][]byte{}
	for _, name := range []string{"x.db", "x.db-wal"} {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(f.s.Path()), name))
		if err != nil {
			f.t.Errorf("the disk cannot be read: %v", err)
		}
		f.files[name] = b
	}
}

func (f *file) revive(t *testing.T) {
	f.close()
	f.s = openFile(t, f.files).s
}

func (f *file) close() { _ = f.s.Close() }

// empty is a database with a schema and nothing in it.
func empty(t *testing.T) map[string][]byte {
	f := openFile(t, nil)
	path := f.s.Path()
	f.close()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return map[string][]byte{"x.db": b}
}

// scene is a campaign of three people on one number. The first has got the
// message, the second is the one in question, the third shows that life goes
// on.
type scene struct {
	t       *testing.T
	clock   *campaigntest.Clock
	disk    disk
	gateway *evolutiontest.Gateway
	url     string
	locks   campaign.Locker
	id      campaign.ID
	lives   int
	// zero is the instant at which the second person's send is tried.
	zero time.Time

	// watched is set while the gateway's part in the send is watched: held
	// answers wait until the caller is gone, and served tells that the gateway
	// is through with the request.
	watched  atomic.Bool
	hold     atomic.Bool
	executed chan struct{}
	served   chan struct{}
}

func newScene(t *testing.T, d disk) *scene {
	s := &scene{t: t, clock: campaigntest.NewClock(monday), disk: d, executed: make(chan struct{}), served: make(chan struct{})}
	t.Cleanup(func() { s.disk.close() })
	s.locks = campaign.NewLocker(s.clock.Now)
	var err error
	s.gateway, err = evolutiontest.New(&evolutiontest.Options{Now: s.clock.Now, Scale: -1, Acks: []evolutiontest.Ack{}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.gateway.Close()) })
	require.NoError(t, s.gateway.Open("vendas"))
	srv := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(srv.Close)
	s.url = srv.URL

	one := s.life()
	svc := one.engine.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
	n, err := svc.AddInstance(t.Context(), campaign.Instance{Remote: "vendas", Pace: campaign.Pace{MinGap: rest, MaxGap: rest}})
	require.NoError(t, err)
	c, err := svc.Create(t.Context(), campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi, {{nome}}"}}, Instances: []campaign.InstanceID{n.ID}})
	require.NoError(t, err)
	var people []contact.Contact
	for i := range 3 {
		people = append(people, contact.Contact{Name: "Ana " + strconv.Itoa(i+1), Phone: phoneOf(i + 1)})
	}
	_, err = svc.Add(t.Context(), c.ID, campaign.Everyone(people...))
	require.NoError(t, err)
	_, err = svc.Start(t.Context(), c.ID)
	require.NoError(t, err)
	s.id = c.ID
	_, lived, err := one.step(t.Context())
	require.NoError(t, err)
	require.True(t, lived)
	s.zero = s.clock.Advance(rest)
	return s
}

// life starts a process on what the disk holds.
func (s *scene) life() *life {
	s.lives++
	l, err := newLife(s.clock.Now, "life "+strconv.Itoa(s.lives), s.disk.store(), s.locks, s.url, evolutiontest.DefaultKey, deadline)
	require.NoError(s.t, err)
	l.leave = func() { s.disk.keep() }
	return l
}

// serve is the gateway behind a door that is watched.
func (s *scene) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/message/sendText/") || !s.watched.CompareAndSwap(true, false) {
		s.gateway.ServeHTTP(w, r)
		return
	}
	defer close(s.served)
	if s.hold.Load() {
		w = &heldAnswer{w, r, s.executed}
	}
	s.gateway.ServeHTTP(w, r)
}

// heldAnswer is an answer that does not leave before the caller has.
type heldAnswer struct {
	http.ResponseWriter
	r        *http.Request
	executed chan struct{}
}

func (h *heldAnswer) WriteHeader(int) {
	close(h.executed)
	<-h.r.Context().Done()
	panic(http.ErrAbortHandler)
}

func (h *heldAnswer) Write([]byte) (int, error) {
	h.WriteHeader(0)
	return 0, nil
}

// census counts the rows, and peeks at the second phone's lock.
func (s *scene) census() census {
	s.t.Helper()
	c := count(s.t, s.disk.store(), s.id, s.zero)
	k, err := s.locks.TryLock(context.Background(), "phone_lock:"+string(phoneOf(2)), time.Second)
	if err != nil {
		require.ErrorIs(s.t, err, campaign.ErrTaken)
		c.People += " (locked)"
		return c
	}
	require.NoError(s.t, k.Unlock(context.Background()))
	return c
}

// fate is what the gateway makes of the second person's send.
type fate string

const (
	nothing  fate = "nothing"               // it was not asked, or did nothing
	performs fate = "performed"             // and it has a record
	forgets  fate = "performed, not stored" // and nobody can find out
	refuses  fate = "refused"               // it answered that there is no such person
)

func (s *scene) prepare(p point, f fate) {
	s.t.Helper()
	inject := func(k evolutiontest.Kind) {
		_, err := s.gateway.Inject(evolutiontest.Fault{Kind: k, Number: string(phoneOf(2)), Times: 1})
		require.NoError(s.t, err)
	}
	switch {
	case f == refuses:
		inject(evolutiontest.NotOnWhatsApp)
	case f == forgets:
		s.gateway.SetStoring(false)
	case f == nothing && p == k9:
		inject(evolutiontest.HangBefore)
	}
	s.hold.Store(p == k10)
}

// kill makes a process die at a point of the second person's send.
func (s *scene) kill(p point, f fate) {
	s.t.Helper()
	s.prepare(p, f)
	l := s.life()
	l.at.Store(p)
	s.watched.Store(true)
	if p == k10 {
		go func() {
			<-s.executed
			l.die()
		}()
	}
	_, lived, err := l.step(s.t.Context())
	require.False(s.t, lived, "it did not come to %s: %v", p, err)
	require.True(s.t, l.dead.Load())
	if p == k8 || p == k9 || p == k10 {
		<-s.served // the gateway has made of it what it will
	}
	s.watched.Store(false)
	s.disk.revive(s.t)
}

// sent is how often the gateway wrote to a person.
func (s *scene) sent(n int) int { return len(s.gateway.SendsTo(string(phoneOf(n)))) }
