package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/stretchr/testify/require"
)

// world is a store with hooks on it, and a receiver that answers what it is
// told to. Its clock is the bubble's.
type world struct {
	*testing.T
	store  *memory.Store
	engine *campaign.Engine
	hooks  *Hooks
	to     *receivers
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, store: memory.New(), to: &receivers{answer: map[string]func(call) int{}}}
	var err error
	w.engine, err = campaign.New(w.store, &campaigntest.Recorder{}, nil)
	require.NoError(t, err)
	w.hooks = w.open()
	return w
}

// open is another process on the same store.
func (w *world) open() *Hooks {
	h, err := New(w.engine, w.store.Documents(), bytes.Repeat([]byte{7}, 32), &Options{Guard: openGuard{}, Transport: w.to, Tick: lookEvery})
	require.NoError(w, err)
	return h
}

// run delivers until the returned function is called.
func (w *world) run(h *Hooks) (stop func()) {
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	go func() { defer close(done); h.Run(ctx) }()
	return func() { cancel(); <-done }
}

func (w *world) desk(t campaign.Tenant) *Desk {
	return w.hooks.As(campaign.Caller{Tenant: t, Author: "ana", Role: campaign.Admin})
}

// add makes an endpoint for the events of users, of which the tests make some.
func (w *world) add(t campaign.Tenant, address string) (Endpoint, Secret) {
	w.Helper()
	e, s, err := w.desk(t).Add(w.Context(), Settings{URL: address, Types: []string{"user.*"}})
	require.NoError(w, err)
	return e, s
}

// happen writes n events, and returns the Seq of the last one.
func (w *world) happen(t campaign.Tenant, n int) int64 {
	w.Helper()
	host := w.engine.As(campaign.Caller{Tenant: t, Role: campaign.Host})
	for range n {
		require.NoError(w, host.Note(w.Context(), campaign.EventSignedIn, campaign.Because(campaign.CodeAbout, "name", "ana")))
	}
	return w.events(t)[0].Seq
}

// events are the tenant's, the newest first.
func (w *world) events(t campaign.Tenant) []campaign.Event {
	w.Helper()
	es, err := w.engine.As(campaign.Caller{Tenant: t, Role: campaign.Host}).Events(w.Context(), campaign.EventQuery{Newest: true, Limit: 1000})
	require.NoError(w, err)
	return es
}

func (w *world) standing(t campaign.Tenant, id string) Standing {
	w.Helper()
	s, err := w.desk(t).Standing(w.Context(), id)
	require.NoError(w, err)
	return s
}

// openGuard lets everything through.
type openGuard struct{}

func (openGuard) Check(*url.URL) error { return nil }
func (openGuard) Dial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("nothing is dialled in this test")
}

// call is one request that a receiver got.
type call struct {
	url  string
	at   time.Time
	head http.Header
	body []byte
	seq  int64
}

// receivers stand at the addresses of a test. Where nothing is said they answer
// 204.
type receivers struct {
	mu     sync.Mutex
	calls  []call
	answer map[string]func(call) int
}

func (r *receivers) at(address string, f func(call) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer[address] = f
}

func always(status int) func(call) int { return func(call) int { return status } }

// RoundTrip implements http.RoundTripper.
func (r *receivers) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	var m struct{ Data struct{ ID int64 } }
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	c := call{q.URL.String(), time.Now(), q.Header, body, m.Data.ID}
	r.mu.Lock()
	r.calls = append(r.calls, c)
	f := r.answer[c.url]
	r.mu.Unlock()
	status := http.StatusNoContent
	if f != nil {
		status = f(c)
	}
	if status == 0 { // no answer at all
		<-q.Context().Done()
		return nil, q.Context().Err()
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: q}, nil
}

// got are the calls at an address.
func (r *receivers) got(address string) (cs []call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		if c.url == address {
			cs = append(cs, c)
		}
	}
	return cs
}

// told are the events that an address was told of, each once.
func (r *receivers) told(address string) map[int64]bool {
	out := map[int64]bool{}
	for _, c := range r.got(address) {
		out[c.seq] = true
	}
	return out
}
