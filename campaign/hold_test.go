package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A dead gateway costs a handful of people one try each, not everybody all of
// theirs; one send at a time probes it, and one answer opens it again.
func TestBreakerSparesTheTries(t *testing.T) {
	var b breakers
	r, now, timing := Route{Tenant: "t", Gateway: "g"}, noon, Timing{}.full()
	for i := range breakAfter {
		require.True(t, b.admit(r, now), "send %d", i)
		b.tell(r, VerdictNotSent, now, timing)
	}
	require.True(t, b.open(r))
	require.False(t, b.admit(r, now))
	require.True(t, b.admit(Route{Tenant: "t", Gateway: "other"}, now), "other gateways go on")
	require.True(t, b.admit(Route{Tenant: "u", Gateway: "g"}, now), "other tenants too")
	for hold := range 3 {
		now = now.Add(timing.hold(hold + 1))
		require.False(t, b.admit(r, now.Add(-time.Millisecond)))
		require.True(t, b.admit(r, now), "one probes")
		require.False(t, b.admit(r, now), "one at a time")
		b.tell(r, VerdictNotSent, now, timing)
	}
	now = now.Add(timing.hold(4))
	require.True(t, b.admit(r, now))
	b.release(r)
	require.True(t, b.admit(r, now), "an admission that led to no send is given back")
	b.tell(r, VerdictRefused, now, timing)
	require.False(t, b.open(r), "any answer comes from the gateway")
	require.True(t, b.admit(r, now))
}

// Open but dead: accepted again and again, and nothing is ever acknowledged.
func TestAcceptedButNeverAcknowledged(t *testing.T) {
	b := testBook()
	send := func(m *Meter, now time.Time) []Event {
		r, a := ledgerOf(Flying, Active)
		r.Numbers[3].Meter, r.Now = *m, now
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeAccepted, Accepted: Accepted{ProviderID: "p"}}})
		*m = r.Numbers[3].Meter
		return r.Events
	}
	t.Run("never acknowledged, never expected", func(t *testing.T) {
		m := Meter{}
		for i := range 200 {
			send(&m, noon.Add(time.Duration(i)*time.Minute))
		}
		require.True(t, m.Held.IsZero(), "the gateway does not report: that is no sign")
	})
	t.Run("silence after acknowledgements", func(t *testing.T) {
		m := Meter{AckedAt: noon}
		for i := 1; i < unackedAfter; i++ {
			send(&m, noon.Add(time.Duration(i)*time.Minute))
			require.True(t, m.Held.IsZero(), "send %d", i)
		}
		now := noon.Add(unackedFor)
		events := send(&m, now)
		require.Equal(t, CodeUnacked, m.Held.Code)
		require.Equal(t, EventInstanceHeld, events[len(events)-2].Type)
		send(&m, now.Add(time.Minute))
		require.Equal(t, 2, m.Holds, "another acceptance is no way back")
		r, _ := ledgerOf(Flying, Active)
		r.Numbers[3].Meter, r.Now = m, now.Add(2*time.Minute)
		b.acknowledged(r, r.Numbers[3], r.Now)
		require.True(t, r.Numbers[3].Meter.Held.IsZero(), "an acknowledgement is")
		require.Equal(t, EventInstanceFreed, r.Events[0].Type)
	})
}

func TestASendThatBeganLateIsQuarantinedAnew(t *testing.T) {
	b := testBook()
	r, a := ledgerOf(Flying, Active)
	began := a.StartBy.Add(time.Minute)
	r.Now = began.Add(time.Second)
	b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeUnknown, Why: Because(CodeUnknownOutcome), Began: began}})
	require.Equal(t, began.Add(b.timing.Late+wholeSecond), a.Quarantine)
	require.Equal(t, EventBeganLate, r.Events[len(r.Events)-1].Type)

	r, a = ledgerOf(Flying, Active)
	r.Now = began.Add(time.Second)
	b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeAccepted, Accepted: Accepted{ProviderID: "p", Began: began}}})
	require.Equal(t, EventBeganLate, r.Events[0].Type)
	require.Equal(t, began.Add(a.Gap), r.Numbers[3].Meter.PaceUntil, "the gap counts from the true start")
}
