package line_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/alreasense/campaigns/store/sqlite"
)

const tenant campaign.Tenant = "loja"

var secret = []byte("a key of tests, not a secret one")

// world is an installation and its gateway, both real, on loopback.
type world struct {
	testing.TB
	ctx     context.Context
	ahead   atomic.Int64 // what the clock shows more than the real one
	gateway *evolutiontest.Gateway
	lost    atomic.Bool // reports do not reach us
	down    atomic.Bool // the gateway answers nothing
	client  *evolution.Client
	store   *failing
	engine  *campaign.Engine
	s       *campaign.Service
	office  *line.Office
	config  line.Config
	front   *httptest.Server

	mu    sync.Mutex
	paths []string // that the gateway was asked
	codes map[int]int
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// failing is a store that refuses to store reports on request.
type failing struct {
	campaign.Store
	down atomic.Bool
}

func (f *failing) Stash(ctx context.Context, ns []campaign.Notice) error {
	if f.down.Load() {
		return campaign.ErrClosed
	}
	return f.Store.Stash(ctx, ns)
}

func stores(t *testing.T, f func(t *testing.T, s campaign.Store)) {
	t.Run("memory", func(t *testing.T) { f(t, memory.New()) })
	t.Run("sqlite", func(t *testing.T) {
		s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "c.db"), nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		f(t, s)
	})
}

func newWorld(t testing.TB, s campaign.Store, o evolutiontest.Options) *world {
	w := &world{TB: t, ctx: context.Background(), store: &failing{Store: s}, codes: map[int]int{}}
	if o.Scale == 0 {
		o.Scale = -1
	}
	o.Now = w.now
	g, err := evolutiontest.New(&o)
	require.NoError(t, err)
	w.gateway = g
	t.Cleanup(func() { require.NoError(t, g.Close()) })
	back := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.paths = append(w.paths, r.URL.Path)
		w.mu.Unlock()
		if w.down.Load() {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		g.ServeHTTP(rw, r)
	}))
	t.Cleanup(back.Close)
	w.client = evolution.New(evolution.Server{URL: back.URL, Key: evolutiontest.DefaultKey, Now: w.now,
		Profile: map[bool]evolution.Profile{true: evolution.V18, false: evolution.V236}[o.V1]})
	w.engine, err = campaign.New(w.store, w.client, &campaign.Options{Now: w.now})
	require.NoError(t, err)
	w.s = w.engine.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})

	w.front = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.lost.Load() {
			http.Error(rw, "lost", http.StatusUnprocessableEntity) // and not repeated
			return
		}
		rec := httptest.NewRecorder()
		w.office.Receiver.ServeHTTP(rec, r)
		w.mu.Lock()
		w.codes[rec.Code]++
		w.mu.Unlock()
		rw.WriteHeader(rec.Code)
	}))
	t.Cleanup(w.front.Close)
	w.config = line.Config{Engine: w.engine, Client: w.client, Secret: secret, PublicURL: w.front.URL, Now: w.now}
	w.open()
	return w
}

// open makes the office anew, as a new process does.
func (w *world) open() {
	w.Helper()
	var err error
	w.office, err = line.New(w.config)
	require.NoError(w, err)
}

// number makes a number that is paired and open.
func (w *world) number(name string) campaign.InstanceID {
	w.Helper()
	require.NoError(w, w.gateway.Open(name))
	in, err := w.s.AddInstance(w.ctx, campaign.Instance{Remote: name, Connection: campaign.ConnectionOpen, Pace: campaign.Pace{NoGap: true}})
	require.NoError(w, err)
	return in.ID
}

// keep lets the keeper do what is due.
func (w *world) keep() {
	w.Helper()
	_, err := w.office.Keeper.Step(w.ctx)
	require.NoError(w, err)
}

// until lets the engine work until something is so. Only the test's own
// deadline bounds it.
func (w *world) until(what string, so func() bool) {
	w.Helper()
	for range 1000 {
		_, err := w.engine.Step(w.ctx)
		require.NoError(w, err)
		if so() {
			return
		}
		t := time.NewTimer(5 * time.Millisecond)
		<-t.C
	}
	require.FailNow(w, "it did not become so: "+what)
}

func phone(n int) contact.Phone {
	return contact.Phone("+55119000000" + string([]byte{byte('0' + n/10), byte('0' + n%10)}))
}

// start runs a campaign with people from 1 to n.
func (w *world) start(n int, by campaign.InstanceID) campaign.ID {
	w.Helper()
	c, err := w.s.Create(w.ctx, campaign.Draft{Name: "teste", Messages: []campaign.Message{{Text: "Oi, {{nome}}"}}, Instances: []campaign.InstanceID{by}})
	require.NoError(w, err)
	var people []contact.Contact
	for i := range n {
		people = append(people, contact.Contact{Name: "Ana", Phone: phone(i + 1)})
	}
	_, err = w.s.Add(w.ctx, c.ID, campaign.Everyone(people...))
	require.NoError(w, err)
	_, err = w.s.Start(w.ctx, c.ID)
	require.NoError(w, err)
	return c.ID
}

func (w *world) progress(id campaign.ID) campaign.Progress {
	w.Helper()
	p, err := w.s.Progress(w.ctx, id)
	require.NoError(w, err)
	return p
}

func (w *world) connection(id campaign.InstanceID) campaign.Connection {
	w.Helper()
	ns, err := w.s.Numbers(w.ctx)
	require.NoError(w, err)
	for _, n := range ns {
		if n.Instance.ID == id {
			return n.Instance.Connection
		}
	}
	require.FailNow(w, "no such number")
	return ""
}

func (w *world) optedOut(n int) bool {
	w.Helper()
	out, err := w.s.OptedOut(w.ctx, phone(n))
	require.NoError(w, err)
	return out[0]
}

// address is where the gateway of a number reports to, and the header that it
// sends, as the gateway knows them.
func (w *world) address(name string) (path, header string) {
	w.Helper()
	s, ok, err := w.client.Subscribed(w.ctx, campaign.Route{Instance: name})
	require.NoError(w, err)
	require.True(w, ok)
	return strings.TrimPrefix(s.URL, w.front.URL), string(s.Headers[line.Header])
}

// report posts a body to the receiver.
func (w *world) report(path, header, body string) int {
	w.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if header != "" {
		r.Header.Set(line.Header, header)
	}
	rec := httptest.NewRecorder()
	w.office.Receiver.ServeHTTP(rec, r)
	return rec.Code
}

func newStore() campaign.Store { return memory.New() }

// asked are the requests that the gateway got on a route.
func (w *world) asked(route string) (n []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.paths {
		if strings.HasPrefix(p, route) {
			n = append(n, p)
		}
	}
	return n
}
