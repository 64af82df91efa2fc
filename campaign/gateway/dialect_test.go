package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/gateway"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/store/memory"
)

// speaker is a gateway that only tells its version.
type speaker struct {
	version atomic.Value // string; empty: 503
	asked   atomic.Int64
}

func (s *speaker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	v := s.version.Load().(string)
	if v == "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintf(w, `{"status":200,"version":%q}`, v)
}

// An answer that proves something of one version proves nothing of another.
func TestTheOperatorsGatewayIsSpokenToByItsVersion(t *testing.T) {
	s := &speaker{}
	s.version.Store("")
	srv := httptest.NewServer(s)
	defer srv.Close()
	clock := campaigntest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	g, err := gateway.New(memory.New().Documents(), make([]byte, 32), &gateway.Options{Now: clock.Now, Fresh: time.Nanosecond,
		Default: evolution.Server{URL: srv.URL, Key: "k"}})
	require.NoError(t, err)
	profile := func() evolution.Profile {
		clock.Advance(time.Microsecond) // what was found is forgotten
		found, err := g.Find(t.Context(), campaign.Route{Tenant: "acme"})
		require.NoError(t, err)
		return found.Profile
	}

	require.Equal(t, evolution.V2, profile(), "one that does not say gets the dialect that proves least")
	asked := s.asked.Load()
	require.Equal(t, evolution.V2, profile())
	require.Equal(t, asked, s.asked.Load(), "it is not asked at every send")

	s.version.Store("2.3.6")
	clock.Advance(5 * time.Second)
	before := s.asked.Load()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			own, err := g.Own(t.Context())
			if err != nil || own.Profile != evolution.V236 {
				t.Errorf("%v, %v; want 2.3.6: who comes meanwhile waits for the answer", own.Profile, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, before+1, s.asked.Load(), "asked once for all")

	s.version.Store("1.8.6")
	clock.Advance(time.Minute)
	require.Equal(t, evolution.V236, profile(), "no send waits for a question whose answer is known")
	require.Eventually(t, func() bool { return profile() == evolution.V18 }, 10*time.Second, time.Millisecond)

	s.version.Store("")
	clock.Advance(time.Minute)
	profile()
	require.Eventually(t, func() bool { return s.asked.Load() > before+2 }, 10*time.Second, time.Millisecond)
	require.Equal(t, evolution.V18, profile(), "what it said last holds while it is away")
}

func TestWhoAsksFirstAndGoesAwayLeavesTheAnswer(t *testing.T) {
	s := &speaker{}
	s.version.Store("2.3.6")
	srv := httptest.NewServer(s)
	defer srv.Close()
	g, err := gateway.New(memory.New().Documents(), make([]byte, 32), &gateway.Options{Default: evolution.Server{URL: srv.URL, Key: "k"}})
	require.NoError(t, err)
	gone, leave := context.WithCancel(t.Context())
	leave()
	own, err := g.Own(gone)
	require.NoError(t, err)
	require.Equal(t, evolution.V236, own.Profile)
}

func TestAChosenDialectIsNotAskedFor(t *testing.T) {
	s := &speaker{}
	s.version.Store("2.3.6")
	srv := httptest.NewServer(s)
	defer srv.Close()
	g, err := gateway.New(memory.New().Documents(), make([]byte, 32), &gateway.Options{Default: evolution.Server{URL: srv.URL, Key: "k", Profile: evolution.V18}})
	require.NoError(t, err)
	own, err := g.Own(t.Context())
	require.NoError(t, err)
	require.Equal(t, evolution.V18, own.Profile)
	require.Zero(t, s.asked.Load())
}

func TestNoGatewayOfTheOperatorsIsErrNone(t *testing.T) {
	g, err := gateway.New(memory.New().Documents(), make([]byte, 32), nil)
	require.NoError(t, err)
	_, err = g.Own(t.Context())
	require.ErrorIs(t, err, gateway.ErrNone)
}
