package hook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/stretchr/testify/require"
)

const shop, other = "https://shop.example/hooks", "https://other.example/hooks"

// The vector that the specification's own libraries are tested with.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	s, err := Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	require.NoError(t, err)
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", s)
	for _, bad := range []Secret{"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_no base64"} {
		_, err := Sign(bad, "x", time.Unix(0, 0), nil)
		require.ErrorIs(t, err, errNoSecret)
	}
	secret := newSecret()
	require.Equal(t, "whsec_…", fmt.Sprintf("%v", secret))
	require.Equal(t, "whsec_…", fmt.Sprintf("%#v", secret))
	require.NotEqual(t, secret, newSecret())
}

func TestAnEventIsDeliveredSignedAndWithoutPersonalData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		before := w.happen("acme", 1)
		e, secret := w.add("acme", shop)
		defer w.run(w.hooks)()
		seq := w.happen("acme", 1)
		w.happen("beta", 1)
		synctest.Wait()
		time.Sleep(10 * time.Second)
		require.Len(t, w.to.got(shop), 1, "what was before the endpoint, what it does not want and what others do is not sent")
		c := w.to.got(shop)[0]
		require.NotEqual(t, before, c.seq)
		id, at := c.head.Get("webhook-id"), c.head.Get("webhook-timestamp")
		require.Equal(t, fmt.Sprintf("evt_%s_%d", e.ID, seq), id)
		unix, err := strconv.ParseInt(at, 10, 64)
		require.NoError(t, err)
		want, err := Sign(secret, id, time.Unix(unix, 0), c.body)
		require.NoError(t, err)
		require.Equal(t, want, c.head.Get("webhook-signature"))
		var m map[string]any
		require.NoError(t, json.Unmarshal(c.body, &m))
		require.Equal(t, "user.signed_in", m["type"])
		require.Equal(t, map[string]any{"id": float64(seq), "code": "about", "args": map[string]any{"name": "ana"}}, m["data"])
		require.EqualValues(t, 1, w.standing("acme", e.ID).Accepted)
	})
}

func TestAFailedDeliveryIsMadeAgainLaterAndLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e, _ := w.add("acme", shop)
		up := time.Now().Add(26 * time.Hour)
		w.to.at(shop, func(call) int {
			if time.Now().Before(up) {
				return 500
			}
			return 200
		})
		stop := w.run(w.hooks)
		first := w.happen("acme", 1)
		time.Sleep(25 * time.Hour)
		tries := w.to.got(shop)
		wants := []time.Duration{5 * time.Second, 15 * time.Second, 45 * time.Second, 135 * time.Second, 405 * time.Second,
			1215 * time.Second, 3645 * time.Second, 10935 * time.Second, 6 * time.Hour}
		require.GreaterOrEqual(t, len(tries), len(wants))
		for i, d := range wants[:len(wants)-1] {
			gap := tries[i+1].at.Sub(tries[i].at)
			require.GreaterOrEqual(t, gap, d*4/5, "try %d", i+2)
			require.LessOrEqual(t, gap, d*6/5+lookEvery, "try %d", i+2)
			require.Equal(t, tries[0].head.Get("webhook-id"), tries[i+1].head.Get("webhook-id"))
		}
		s := w.standing("acme", e.ID)
		require.Equal(t, len(tries), s.Fails)
		require.Equal(t, 1, s.Waiting)
		require.Equal(t, CodeAnswered, s.Recent[0].Why.Code)
		require.Equal(t, 500, s.Recent[0].Status)

		// What happens meanwhile waits, and is told when the receiver is back.
		last := w.happen("acme", 30)
		time.Sleep(9 * time.Hour)
		stop()
		require.Len(t, w.to.told(shop), 31)
		require.True(t, w.to.told(shop)[first] && w.to.told(shop)[last])
		s = w.standing("acme", e.ID)
		require.Zero(t, s.Waiting)
		require.Zero(t, s.Fails)
		require.EqualValues(t, 31, s.Accepted)
	})
}

func TestAnEndpointThatAcceptsNothingForDaysIsDisabledAndGoesOnWhenEnabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hooks.o.Patience = 24 * time.Hour
		e, _ := w.add("acme", shop)
		w.to.at(shop, always(503))
		defer w.run(w.hooks)()
		w.happen("acme", 3)
		time.Sleep(20 * time.Hour)
		e, err := w.desk("acme").Endpoint(t.Context(), e.ID)
		require.NoError(t, err)
		require.False(t, e.Disabled)
		time.Sleep(11 * time.Hour)
		e, err = w.desk("acme").Endpoint(t.Context(), e.ID)
		require.NoError(t, err)
		require.True(t, e.Disabled)
		require.Equal(t, CodeFailing, e.Why.Code)
		told := w.events("acme")[0]
		require.Equal(t, campaign.EventWebhookDisabled, told.Type)
		require.Equal(t, e.Why, told.Why)
		tries := len(w.to.got(shop))
		time.Sleep(24 * time.Hour)
		require.Len(t, w.to.got(shop), tries, "nothing is sent any more")

		w.to.at(shop, always(200))
		_, err = w.desk("acme").Edit(t.Context(), e.ID, e.Rev, func(s *Settings) error { s.Disabled = false; return nil })
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		require.Len(t, w.to.told(shop), 3)
		require.Zero(t, w.standing("acme", e.ID).Waiting)
	})
}

func TestAGoneEndpointIsDisabledAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e, _ := w.add("acme", shop)
		w.to.at(shop, always(http.StatusGone))
		defer w.run(w.hooks)()
		w.happen("acme", 1)
		time.Sleep(10 * time.Second)
		e, err := w.desk("acme").Endpoint(t.Context(), e.ID)
		require.NoError(t, err)
		require.True(t, e.Disabled)
		require.Equal(t, campaign.Because(CodeGone, "id", e.ID), e.Why)
		time.Sleep(24 * time.Hour)
		require.Len(t, w.to.got(shop), 1)
	})
}

// One event that its receiver cannot digest holds up no other, and is given up
// in the end.
func TestAnEventThatIsRefusedHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hooks.o.Patience = 24 * time.Hour
		e, _ := w.add("acme", shop)
		bad := w.happen("acme", 1)
		w.to.at(shop, func(c call) int {
			if c.seq == bad {
				return 400
			}
			return 200
		})
		defer w.run(w.hooks)()
		for range 36 {
			last := w.happen("acme", 1)
			time.Sleep(time.Hour)
			require.True(t, w.to.told(shop)[last])
		}
		s := w.standing("acme", e.ID)
		require.EqualValues(t, 36, s.Accepted)
		require.EqualValues(t, 1, s.GivenUp)
		require.Zero(t, s.Waiting)
		e, err := w.desk("acme").Endpoint(t.Context(), e.ID)
		require.NoError(t, err)
		require.False(t, e.Disabled)
		var given []campaign.Event
		for _, e := range w.events("acme") {
			if e.Type == campaign.EventWebhookGivenUp {
				given = append(given, e)
			}
		}
		require.Len(t, given, 1)
		require.Equal(t, strconv.FormatInt(bad, 10), given[0].Why.Args["event"])
	})
}

func TestASlowEndpointHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		slow, _ := w.add("acme", shop)
		w.add("acme", other)
		w.to.at(shop, always(0))
		defer w.run(w.hooks)()
		w.happen("acme", 50)
		time.Sleep(10 * time.Second)
		require.Len(t, w.to.told(other), 50)
		require.LessOrEqual(t, len(w.to.got(shop)), 8)
		time.Sleep(20 * time.Second) // the first look may be a tick late
		s := w.standing("acme", slow.ID)
		require.Equal(t, CodeSlow, s.Recent[0].Why.Code)
		require.Equal(t, 15*time.Second, s.Recent[0].Took)
		require.Equal(t, 50, s.Waiting)
	})
}

// Processes that come and go, in the midst of deliveries too, lose nothing and
// pass over nothing.
func TestARestartLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e, _ := w.add("acme", shop)
		var calls atomic.Int32
		w.to.at(shop, func(call) int {
			n := calls.Add(1)
			switch {
			case n%5 == 0:
				return 0
			case n%3 == 0:
				return 500
			}
			time.Sleep(time.Second)
			return 200
		})
		total := 0
		for round := range 40 {
			stop := w.run(w.open())
			w.happen("acme", 5)
			total += 5
			time.Sleep(time.Duration(round%7) * 700 * time.Millisecond)
			stop()
		}
		w.to.at(shop, nil)
		stop := w.run(w.open())
		time.Sleep(6 * time.Hour)
		stop()
		require.Len(t, w.to.told(shop), total)
		s := w.standing("acme", e.ID)
		require.Zero(t, s.Waiting)
		require.EqualValues(t, total, s.Accepted)
	})
}

func TestOneProcessDeliversAndAnotherTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.add("acme", shop)
		one := w.run(w.open())
		synctest.Wait()
		two := w.run(w.open())
		defer two()
		w.happen("acme", 20)
		time.Sleep(time.Minute)
		require.Len(t, w.to.got(shop), 20, "each once")
		one()
		w.happen("acme", 20)
		time.Sleep(2 * lookEvery)
		require.Len(t, w.to.got(shop), 40)

		// The lease of one that has died ends by itself.
		d, err := w.store.Documents().Get(t.Context(), "", kindLease, "deliver")
		require.NoError(t, err)
		two()
		d.Rev, d.Data = 0, encode(leaseRecord{time.Now().Add(leaseTime)})
		_, err = document.Save(t.Context(), w.store.Documents(), d)
		require.NoError(t, err)
		three := w.run(w.open())
		defer three()
		w.happen("acme", 1)
		time.Sleep(leaseTime / 2)
		require.Len(t, w.to.got(shop), 40)
		time.Sleep(leaseTime)
		require.Len(t, w.to.got(shop), 41)
	})
}

func TestARemovedEndpointIsToldNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e, _ := w.add("acme", shop)
		defer w.run(w.hooks)()
		w.happen("acme", 1)
		time.Sleep(10 * time.Second)
		require.NoError(t, w.desk("acme").Remove(t.Context(), e.ID))
		synctest.Wait() // who read the endpoint in this instant, before it was gone, has ended
		w.happen("acme", 1)
		time.Sleep(time.Minute)
		require.Len(t, w.to.got(shop), 1)
		_, err := w.desk("acme").Standing(t.Context(), e.ID)
		require.ErrorIs(t, err, campaign.ErrNotFound)
	})
}

func TestForADayBothSecretsSign(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e, old := w.add("acme", shop)
		_, fresh, err := w.desk("acme").Rotate(t.Context(), e.ID)
		require.NoError(t, err)
		require.NotEqual(t, old, fresh)
		defer w.run(w.hooks)()
		signatures := func() (got []string, c call) {
			w.happen("acme", 1)
			time.Sleep(10 * time.Second)
			cs := w.to.got(shop)
			c = cs[len(cs)-1]
			return strings.Fields(c.head.Get("webhook-signature")), c
		}
		got, c := signatures()
		require.Len(t, got, 2)
		for i, s := range []Secret{fresh, old} {
			unix, err := strconv.ParseInt(c.head.Get("webhook-timestamp"), 10, 64)
			require.NoError(t, err)
			want, err := Sign(s, c.head.Get("webhook-id"), time.Unix(unix, 0), c.body)
			require.NoError(t, err)
			require.Equal(t, want, got[i])
		}
		time.Sleep(overlap)
		got, _ = signatures()
		require.Len(t, got, 1)
	})
}
