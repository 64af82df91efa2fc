package campaign

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

// ledgerOf is one open attempt of an active campaign, as a store loads it.
func ledgerOf(phase Phase, status Status) (*Rows, *Attempt) {
	a := &Attempt{ID: AttemptID{1}, Tenant: "t", Recipient: RecipientID{1, 5}, Generation: 1, Try: 1, Instance: 3,
		Phone: "+5511900000005", Message: 2, Text: "oi", Gap: 30 * time.Second,
		TakenAt: noon, StartBy: noon.Add(2 * time.Second), SweepAt: noon.Add(97 * time.Second),
		Quarantine: noon.Add(302 * time.Second), Daemon: "d", Phase: phase, Held: true}
	j := &Job{Campaign: Campaign{ID: 1, Tenant: "t", Status: status, Total: 9, Seed: 4},
		Cursor: Cursor{Position: 5, Picked: Counts{2: 5}}}
	if phase == Lost {
		j.Tally.Unknown = 1
	}
	n := &Number{Instance: Instance{ID: 3, Tenant: "t"}, Meter: Meter{PaceUntil: noon.Add(30 * time.Second), InHour: 1, InDay: 1, InRow: 1}}
	return &Rows{Now: noon.Add(time.Second), Jobs: map[ID]*Job{1: j}, Numbers: map[InstanceID]*Number{3: n},
		Open: map[AttemptID]*Attempt{a.ID: a}}, a
}

func testBook() judgeBook { return judgeBook{timing: Timing{}.full()} }

// Every outcome, in every phase and status, leaves the recipient in exactly
// one place, and the counters with it.
func TestSettleLeavesEachRecipientInOnePlace(t *testing.T) {
	outcomes := []Outcome{OutcomeAccepted, OutcomeNotSent, OutcomeRefused, OutcomeHeld, OutcomeSlowed, OutcomeLate,
		OutcomePostponed, OutcomeUnknown, OutcomeNoTrace, OutcomeMarkedUnsent, OutcomeResend}
	for _, phase := range []Phase{Flying, Lost} {
		for _, status := range []Status{Active, Paused, Completed, Cancelled} {
			for _, o := range outcomes {
				for _, after := range []time.Duration{time.Second, 400 * time.Second} {
					t.Run(fmt.Sprint(phase, status, o, after), func(t *testing.T) {
						r, a := ledgerOf(phase, status)
						r.Now = noon.Add(after)
						b := testBook()
						b.settle(r, []Settlement{{Attempt: a.ID, Outcome: o, Why: Because("x"), Accepted: Accepted{ProviderID: "p"}}})
						tally := r.Jobs[1].Tally
						_, open := r.Open[a.ID]
						places := len(r.Wait) + int(tally.Sent) + int(tally.Failed)
						if open {
							places++
						}
						dropped := status == Cancelled && len(r.Settled) == 1 && r.Settled[0].State == Dropped
						if dropped {
							places++ // cancelled by the campaign's status
						}
						require.Equal(t, 1, places, "the recipient must be in exactly one place")
						require.Equal(t, open, len(r.Close) == 0)
						if open {
							require.Equal(t, a.Phase == Lost, tally.Unknown == 1)
						} else {
							require.Zero(t, tally.Unknown)
						}
						require.LessOrEqual(t, len(r.Events), 2)
						changed := len(r.Close)+len(r.Changed) > 0
						require.Equal(t, changed, len(r.Events) > 0, "one event for each transition")
						if status.Terminal() {
							require.Empty(t, r.Wait, "nothing waits in a campaign that has ended")
						}
						picked := r.Jobs[1].Cursor.Picked[2] - tally.Released[2]
						unsent := !open && tally.Sent == 0
						require.Equal(t, unsent, picked == 4, "a choice that did not stand is taken back")
					})
				}
			}
		}
	}
}

// I11: what a gateway may have carried out is never pending again by itself.
func TestUnknownNeverBecomesPendingByItself(t *testing.T) {
	r, a := ledgerOf(Flying, Active)
	b := testBook()
	b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeUnknown, Why: Because(CodeUnknownOutcome)}})
	require.Equal(t, Lost, a.Phase)
	require.True(t, a.Held, "the phone stays held")
	require.Equal(t, r.Now, a.LookAt)
	require.Equal(t, int64(1), r.Jobs[1].Tally.Unknown)
	require.Equal(t, a.StartBy.Add(a.Gap), r.Numbers[3].Meter.PaceUntil)
	for i := range 10 {
		r.Now = r.Now.Add(time.Hour)
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeNoTrace}})
		require.Contains(t, r.Open, a.ID, "inquiry %d", i)
		require.Empty(t, r.Wait)
	}
	require.True(t, a.LookAt.IsZero(), "inquiries end")
	require.Equal(t, 10, a.Looked)
}

func TestStandingOrderResendsOnceTheGatewayCannotAnyMore(t *testing.T) {
	r, a := ledgerOf(Lost, Active)
	r.Jobs[1].Campaign.AtLeastOnce = true
	b := testBook()
	r.Now = a.Quarantine.Add(-time.Millisecond)
	b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeNoTrace}})
	require.Empty(t, r.Wait)
	require.False(t, a.LookAt.IsZero())
	r.Now = a.Quarantine
	b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeNoTrace}})
	require.Len(t, r.Wait, 1)
	require.Equal(t, 2, r.Wait[0].Generation)
	require.Zero(t, r.Jobs[1].Tally.Unknown)
}

func TestOperatorDecidesOnlyAfterTheQuarantine(t *testing.T) {
	for _, o := range []Outcome{OutcomeAccepted, OutcomeMarkedUnsent, OutcomeResend} {
		r, a := ledgerOf(Lost, Active)
		b := testBook()
		s := Settlement{Attempt: a.ID, Outcome: o, Author: "ana", Evidence: ByOperator}
		r.Now = a.Quarantine.Add(-time.Millisecond)
		b.settle(r, []Settlement{s})
		require.Contains(t, r.Open, a.ID, o)
		require.Empty(t, r.Events)
		r.Now = a.Quarantine
		b.settle(r, []Settlement{s})
		require.NotContains(t, r.Open, a.ID, o)
		require.Equal(t, "ana", r.Events[0].Author)
	}
}

// One record of the gateway is evidence for one attempt only.
func TestProviderIDProvesOneAttempt(t *testing.T) {
	for _, phase := range []Phase{Flying, Lost} {
		r, a := ledgerOf(phase, Active)
		r.Claimed = map[ProviderKey]AttemptID{{3, "p"}: {9}}
		b := testBook()
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeAccepted, Accepted: Accepted{ProviderID: "p"}}})
		require.Contains(t, r.Open, a.ID)
		require.Equal(t, Lost, a.Phase)
		require.Zero(t, r.Jobs[1].Tally.Sent)
		require.Equal(t, int64(1), r.Jobs[1].Tally.Unknown)
	}
}

func TestLateProofContradictsAnOperator(t *testing.T) {
	proof := Settlement{Attempt: AttemptID{1}, Outcome: OutcomeAccepted, Evidence: ByRecord, Accepted: Accepted{ProviderID: "p", At: noon}}
	t.Run("marked not sent becomes sent", func(t *testing.T) {
		r, a := ledgerOf(Lost, Active)
		b := testBook()
		r.Now = a.Quarantine
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeMarkedUnsent}})
		r.People = map[RecipientID]*Recipient{a.Recipient: {ID: a.Recipient, State: Failed}}
		b.settle(r, []Settlement{proof})
		require.Equal(t, Sent, r.People[a.Recipient].State)
		require.Equal(t, int64(1), r.Jobs[1].Tally.Sent)
		require.Zero(t, r.Jobs[1].Tally.Failed)
		require.Equal(t, EventContradicted, r.Events[len(r.Events)-1].Type)
		require.Len(t, r.Amended, 1)
		before := len(r.Events)
		b.settle(r, []Settlement{proof})
		require.Len(t, r.Events, before, "a repeated proof says nothing new")
	})
	t.Run("a resend that was not taken is withdrawn", func(t *testing.T) {
		r, a := ledgerOf(Lost, Active)
		b := testBook()
		r.Now = a.Quarantine
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeResend}})
		r.People = map[RecipientID]*Recipient{a.Recipient: {ID: a.Recipient, State: Pending}}
		r.Waits = map[RecipientID]Waiting{a.Recipient: r.Wait[0]}
		r.Wait = nil
		b.settle(r, []Settlement{proof})
		require.Equal(t, []RecipientID{a.Recipient}, r.Unwait)
		require.Equal(t, Sent, r.People[a.Recipient].State)
	})
	for _, state := range []State{Dropped, Failed} {
		t.Run("a resend that ended unsent as "+string(state)+" does not hide the first send", func(t *testing.T) {
			r, a := ledgerOf(Lost, Cancelled)
			r.Jobs[1].Tally = Tally{}
			if state == Failed {
				r.Jobs[1].Tally.Failed = 1
			}
			delete(r.Open, a.ID)
			r.Jobs[1].Tally.LastSentAt = noon.Add(-time.Hour)
			r.Ended = map[AttemptID]Closed{a.ID: {Attempt: a.ID, Recipient: a.Recipient, Generation: 1, Try: 2, Instance: 3, TakenAt: noon, Outcome: OutcomeResend}}
			r.People = map[RecipientID]*Recipient{a.Recipient: {ID: a.Recipient, State: state, Generation: 2, Tries: 4, TakenAt: noon.Add(time.Hour)}}
			b := testBook()
			b.settle(r, []Settlement{proof})
			p := r.People[a.Recipient]
			require.Equal(t, Sent, p.State)
			require.Equal(t, 1, p.Generation)
			require.Equal(t, 2, p.Tries, "the tries are those of the send that went out")
			require.Equal(t, noon, p.TakenAt, "and so is the take")
			require.Equal(t, noon, r.Jobs[1].Tally.LastSentAt)
			require.Equal(t, int64(1), r.Jobs[1].Tally.Sent)
			require.Zero(t, r.Jobs[1].Tally.Failed)
		})
	}
	t.Run("a resend under way stays", func(t *testing.T) {
		r, a := ledgerOf(Lost, Active)
		b := testBook()
		r.Now = a.Quarantine
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeResend}})
		r.People = map[RecipientID]*Recipient{a.Recipient: {ID: a.Recipient, State: Sending}}
		r.Wait = nil
		b.settle(r, []Settlement{proof})
		require.Empty(t, r.Unwait)
		require.Zero(t, r.Jobs[1].Tally.Sent)
		require.Equal(t, EventContradicted, r.Events[len(r.Events)-1].Type)
	})
}

// S13, I16: three retries with growing waits, then one failure.
func TestLesson_S13_RetriesAreNotFailures(t *testing.T) {
	b := testBook()
	var waits []time.Duration
	for try := 1; ; try++ {
		r, a := ledgerOf(Flying, Active)
		a.Try = try
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeNotSent, Why: Because(CodeNotSent)}})
		if len(r.Wait) == 0 {
			require.Equal(t, DefaultRetries+1, try)
			require.Equal(t, int64(1), r.Jobs[1].Tally.Failed)
			require.Equal(t, Failed, r.Settled[0].State)
			require.Equal(t, CodeRetriesUsed, r.Settled[0].Why.Code)
			break
		}
		require.Zero(t, r.Jobs[1].Tally.Failed)
		require.Equal(t, try, r.Wait[0].Tries)
		waits = append(waits, r.Wait[0].Due.Sub(r.Now))
	}
	require.Len(t, waits, DefaultRetries)
	for i, base := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		require.InDelta(t, base.Seconds(), waits[i].Seconds(), base.Seconds()/5)
	}
}

// C8: a fact about one contact stops nobody else; a fact about the number
// holds the number, and costs the contact no try.
func TestLesson_C8_OnlyFactsAboutTheInstanceHoldIt(t *testing.T) {
	b := testBook()
	r, a := ledgerOf(Flying, Active)
	b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeRefused, Why: Because("not_on_whatsapp")}})
	require.True(t, r.Numbers[3].Meter.Held.IsZero())
	require.Equal(t, int64(1), r.Jobs[1].Tally.Failed)

	r, a = ledgerOf(Flying, Active)
	m := &r.Numbers[3].Meter
	b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeHeld, Why: Because("wrong_key")}})
	require.Equal(t, Code("wrong_key"), m.Held.Code)
	require.Equal(t, r.Now.Add(30*time.Second), m.HeldUntil)
	require.Equal(t, 0, r.Wait[0].Tries)
	require.Equal(t, r.Now, r.Rouse[1], "another number may take the contact at once")

	for n, want := range map[int]time.Duration{2: time.Minute, 5: 8 * time.Minute, 9: 10 * time.Minute} {
		require.Equal(t, want, b.timing.hold(n))
	}
}

func TestAnAcceptedSendReleasesAHeldNumber(t *testing.T) {
	r, a := ledgerOf(Flying, Active)
	m := &r.Numbers[3].Meter
	m.Held, m.HeldUntil, m.Holds = Because("disconnected"), r.Now, 3
	b := testBook()
	b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeAccepted, Accepted: Accepted{ProviderID: "p", Began: noon.Add(time.Second)}}})
	require.True(t, m.Held.IsZero())
	require.Zero(t, m.Holds)
	require.Equal(t, noon.Add(31*time.Second), m.PaceUntil, "the gap counts from the true start")
	require.Equal(t, m.PaceUntil, m.WakeAt)
}

// Not begun gives the caps their place back; the rest is kept.
func TestNotBegunIsNotCounted(t *testing.T) {
	for _, o := range []Outcome{OutcomeLate, OutcomePostponed, OutcomeNotSent, OutcomeHeld, OutcomeSlowed} {
		r, a := ledgerOf(Flying, Active)
		b := testBook()
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: o, After: time.Minute}})
		m := r.Numbers[3].Meter
		require.Zero(t, m.InHour+m.InDay+m.InRow, o)
		require.False(t, m.PaceUntil.Before(noon.Add(30*time.Second)), o)
		if o == OutcomeSlowed {
			require.Equal(t, r.Now.Add(time.Minute), m.PaceUntil)
		}
	}
}

// S5: what a crash left in flight becomes unknown, never sent, never pending.
func TestLesson_S5_SweepMakesUnknown(t *testing.T) {
	r, a := ledgerOf(Flying, Active)
	b := testBook()
	b.sweep(r)
	require.Equal(t, Lost, a.Phase)
	require.Equal(t, CodeSwept, a.Why.Code)
	require.True(t, a.Held)
	require.Equal(t, []*Attempt{a}, r.Changed)
	require.Empty(t, r.Wait)
	require.Equal(t, int64(1), r.Jobs[1].Tally.Unknown)

	r.Now, r.Changed = a.Quarantine, nil
	b.sweep(r)
	require.False(t, a.Held, "the phone is free after its quarantine")
	require.Contains(t, r.Open, a.ID, "the recipient stays unknown")
}

func TestSettlingTwiceChangesNothing(t *testing.T) {
	r, a := ledgerOf(Flying, Active)
	b := testBook()
	s := Settlement{Attempt: a.ID, Outcome: OutcomeAccepted, Accepted: Accepted{ProviderID: "p"}}
	b.settle(r, []Settlement{s, s, {Attempt: AttemptID{77}, Outcome: OutcomeAccepted}, {Attempt: a.ID, Outcome: OutcomeUnknown}})
	require.Equal(t, int64(1), r.Jobs[1].Tally.Sent)
	require.Len(t, r.Close, 1)
	require.Len(t, r.Events, 1)
	require.Equal(t, ByAnswer, r.Close[0].Evidence)
}

// A clock that is set back while a send is under way, or that of a second
// daemon, does not keep its outcome out of the log, in which no attempt ends
// before it was taken.
func TestAClockThatWasSetBackKeepsNoOutcomeOut(t *testing.T) {
	for _, o := range []Outcome{OutcomeAccepted, OutcomeNotSent, OutcomeRefused, OutcomeLate} {
		r, a := ledgerOf(Flying, Active)
		r.Now = a.TakenAt.Add(-time.Hour)
		b := testBook()
		b.settle(r, []Settlement{{Attempt: a.ID, Outcome: o, Accepted: Accepted{ProviderID: "p"}}})
		require.Len(t, r.Close, 1, o)
		require.Equal(t, a.TakenAt, r.Close[0].EndedAt, o)
	}
}

func TestLesson_G5_StatusOnlyMovesForward(t *testing.T) {
	const (
		d = NoticeDelivered
		v = NoticeRead
		e = NoticeError
		s = NoticeServer
	)
	for _, c := range []struct {
		name                          string
		kinds                         []NoticeKind
		want                          State
		sent, delivered, read, failed int64
	}{
		{"nothing", nil, Sent, 1, 0, 0, 0},
		{"server ack", []NoticeKind{s}, Sent, 1, 0, 0, 0},
		{"in order", []NoticeKind{s, d, v}, Read, 1, 1, 1, 0},
		{"doubled", []NoticeKind{d, d, d}, Delivered, 1, 1, 0, 0},
		{"read first", []NoticeKind{v, d}, Read, 1, 1, 1, 0},
		{"read twice", []NoticeKind{v, v}, Read, 1, 1, 1, 0},
		{"error", []NoticeKind{e}, "", 0, 0, 0, 0}, // it comes back
		{"error twice", []NoticeKind{e, e}, "", 0, 0, 0, 0},
		{"error after read", []NoticeKind{d, v, e}, Read, 1, 1, 1, 0},
		{"delivered after error", []NoticeKind{e, d}, Delivered, 1, 1, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, a := ledgerOf(Flying, Active)
			b := testBook()
			b.settle(r, []Settlement{{Attempt: a.ID, Outcome: OutcomeAccepted, Accepted: Accepted{ProviderID: "p"}}})
			p := r.Settled[0]
			r.People = map[RecipientID]*Recipient{a.Recipient: p}
			for i, k := range c.kinds {
				r.Notices = append(r.Notices, Notice{Seq: int64(i), Tenant: "t", Instance: 3, ProviderID: "p", Kind: k, At: noon})
			}
			b.absorb(r)
			require.Equal(t, c.want, p.State)
			tally := r.Jobs[1].Tally
			require.Equal(t, []int64{c.sent, c.delivered, c.read, c.failed}, []int64{tally.Sent, tally.Delivered, tally.Read, tally.Failed})
			require.Len(t, r.Absorbed, len(c.kinds))
		})
	}
}

// G4: a report that comes before its row waits for it, and is dropped in the
// end.
func TestLesson_G4_EarlyReportsWait(t *testing.T) {
	r, _ := ledgerOf(Flying, Active)
	b := testBook()
	r.Notices = []Notice{{Seq: 1, Instance: 3, ProviderID: "early", Kind: NoticeDelivered, ArrivedAt: r.Now}}
	b.absorb(r)
	require.Empty(t, r.Absorbed)
	r.Now = r.Now.Add(noticeLife)
	b.absorb(r)
	require.Equal(t, []int64{1}, r.Absorbed)
}
