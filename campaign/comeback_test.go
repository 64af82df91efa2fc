package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// failed is somebody whose message was accepted as their generation gen and
// about whom a report arrives.
func (w *reported) of(gen int, n Notice) (*Recipient, Closed) {
	p := w.hear(w.r.Now.Add(-time.Minute), Notice{Kind: NoticeServer})
	p.Generation, p.SentAt, p.Message = gen, w.r.Now.Add(-time.Minute), 4
	id := AttemptID{byte(w.n), 9}
	c := w.r.Ended[id]
	c.Generation, c.Message, c.EndedAt = gen, 4, w.r.Now.Add(-time.Minute)
	w.r.Ended[id] = c
	w.again(c, n)
	return p, c
}

// again reports about a message once more.
func (w *reported) again(c Closed, n Notice) {
	n.Tenant, n.Instance, n.ProviderID, n.At = "t", c.Instance, c.ProviderID, w.r.Now
	w.r.Notices, w.r.Events = []Notice{n}, nil
	w.b.absorb(w.r)
}

func (w *reported) told() (types []EventType) {
	for _, e := range w.r.Events {
		types = append(types, e.Type)
	}
	return types
}

func TestWhoIsFailedByANumberComesBack(t *testing.T) {
	w := newReported(Timing{})
	j := w.r.Jobs[1]
	before := j.Tally.Clone()
	p, c := w.of(1, Notice{Kind: NoticeError, Blame: BlameNumber, Why: Because(CodeProviderError, "code", "463")})
	require.Empty(t, p.State)
	require.Equal(t, "p1", p.ProviderID, "what was refused is known by it")
	wait := w.r.Waits[p.ID]
	require.Equal(t, 2, wait.Generation)
	require.Equal(t, w.r.Now.Add(30*time.Minute), wait.Due)
	require.Equal(t, CodeAfterRestriction, wait.Why.Code)
	require.Equal(t, "463", wait.Why.Args["code"])
	require.Equal(t, []EventType{EventReturned}, w.told())
	require.Equal(t, w.r.Now.Add(30*time.Minute), w.r.Rouse[1])
	require.Equal(t, before.Failed, j.Tally.Failed)
	require.EqualValues(t, before.Sent, j.Tally.Sent)
	require.EqualValues(t, 1, j.Tally.Released[4])

	tally := j.Tally.Clone()
	w.again(c, Notice{Kind: NoticeError})
	require.Empty(t, w.told(), "a repeated report changes nothing")
	require.Equal(t, tally, j.Tally)
	require.Len(t, w.r.Wait, 1)
}

// While the number is restricted they wait until it is tried.
func TestWhoComesBackWaitsForTheNumber(t *testing.T) {
	w := newReported(Timing{RestrictAfter: 2})
	w.of(1, Notice{Kind: NoticeError})
	p, _ := w.of(1, Notice{Kind: NoticeError})
	require.True(t, w.meter().restricted())
	require.Equal(t, w.meter().HeldUntil, w.r.Waits[p.ID].Due)
	w.r.Now = w.r.Now.Add(10 * time.Minute)
	late, _ := w.of(1, Notice{Kind: NoticeError})
	require.Equal(t, w.meter().HeldUntil, w.r.Waits[late.ID].Due, "what was under way")
}

func TestWhoDoesNotComeBack(t *testing.T) {
	for _, c := range []struct {
		name string
		of   Timing
		gen  int
		set  func(*Job, *Notice)
		want Code
	}{
		{"blamed on the person", Timing{}, 1, func(_ *Job, n *Notice) { n.Blame = BlameRecipient }, CodeProviderError},
		{"the gateway reports failures late as a rule", Timing{RestrictAfter: -1}, 1, func(*Job, *Notice) {}, CodeProviderError},
		{"the campaign leaves them", Timing{}, 1, func(j *Job, _ *Notice) { j.Campaign.AfterRestriction = RestrictionNever }, CodeProviderError},
		{"the campaign is cancelled", Timing{}, 1, func(j *Job, _ *Notice) { j.Campaign.Status = Cancelled }, CodeProviderError},
		{"the campaign has ended", Timing{}, 1, func(j *Job, _ *Notice) { j.Campaign.Status = Completed }, CodeFailedAfterEnd},
		{"too often", Timing{}, MaxReturns + 1, func(*Job, *Notice) {}, CodeReturnsUsed},
		{"the last time", Timing{}, MaxReturns, func(*Job, *Notice) {}, ""},
		{"the campaign is paused", Timing{}, 1, func(j *Job, _ *Notice) { j.Campaign.Status = Paused }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newReported(c.of)
			n := Notice{Kind: NoticeError}
			c.set(w.r.Jobs[1], &n)
			p, _ := w.of(c.gen, n)
			if c.want == "" {
				require.Equal(t, c.gen+1, w.r.Waits[p.ID].Generation)
				return
			}
			require.Equal(t, Failed, p.State)
			require.Equal(t, c.want, p.Why.Code)
			require.Equal(t, []EventType{EventFailed}, w.told())
			require.Empty(t, w.r.Wait)
			require.EqualValues(t, 1, w.r.Jobs[1].Tally.Failed)
		})
	}
	w := newReported(Timing{})
	p := w.hear(w.r.Now, Notice{Kind: NoticeServer})
	p.Contact.Phone = ErasedPhone(p.ID)
	w.again(w.r.Ended[AttemptID{1, 9}], Notice{Kind: NoticeError})
	require.Equal(t, Failed, p.State, "erased")
}

// A report that the message was delivered, before or after, keeps a second one
// from going out.
func TestWhatWasDeliveredBringsNobodyBack(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		w := newReported(Timing{})
		p, c := w.of(1, Notice{Kind: NoticeDelivered})
		w.again(c, Notice{Kind: NoticeError})
		require.Equal(t, Delivered, p.State)
		require.Empty(t, w.r.Wait)
	})
	for _, kind := range []NoticeKind{NoticeDelivered, NoticeRead} {
		t.Run("while they wait: "+string(kind), func(t *testing.T) {
			w := newReported(Timing{})
			p, c := w.of(1, Notice{Kind: NoticeError})
			w.r.Wait = nil // committed
			w.again(c, Notice{Kind: kind})
			require.Equal(t, []RecipientID{p.ID}, w.r.Unwait)
			require.Equal(t, 1, p.Generation)
			require.False(t, p.SentAt.IsZero())
			tally := w.r.Jobs[1].Tally
			require.EqualValues(t, 1, tally.Sent)
			require.EqualValues(t, 1, tally.Delivered)
			require.Zero(t, tally.Released[4])
			if kind == NoticeRead {
				require.Equal(t, Read, p.State)
				require.Equal(t, []EventType{EventContradicted, EventRead}, w.told())
			} else {
				require.Equal(t, Delivered, p.State)
				require.Equal(t, []EventType{EventContradicted, EventDelivered}, w.told())
			}
			require.True(t, w.meter().Held.IsZero())
			require.Zero(t, w.meter().Errors)
		})
	}
	t.Run("in one batch", func(t *testing.T) {
		w := newReported(Timing{})
		p, c := w.of(1, Notice{Kind: NoticeError})
		w.again(c, Notice{Kind: NoticeDelivered})
		require.Empty(t, w.r.Wait)
		require.Empty(t, w.r.Unwait)
		require.Equal(t, Delivered, p.State)
	})
	t.Run("while the next one is under way", func(t *testing.T) {
		w := newReported(Timing{})
		p, c := w.of(1, Notice{Kind: NoticeError})
		w.r.Wait = nil
		delete(w.r.Waits, p.ID) // taken
		w.again(c, Notice{Kind: NoticeDelivered})
		require.Equal(t, []EventType{EventContradicted}, w.told())
		require.Empty(t, p.State)
		w.again(c, Notice{Kind: NoticeDelivered})
		require.Empty(t, w.told(), "known")
		_, a := ledgerOf(Flying, Active)
		a.Recipient, a.Generation = p.ID, 2
		w.r.Open = map[AttemptID]*Attempt{a.ID: a}
		w.b.settle(w.r, []Settlement{{Attempt: a.ID, Outcome: OutcomeNotSent, Why: Because(CodeNotSent)}})
		require.Equal(t, Delivered, p.State, "nothing came of it: the first one stands")
		require.Empty(t, w.r.Wait)
		require.EqualValues(t, 1, w.r.Jobs[1].Tally.Delivered)
	})
	t.Run("and nothing came of the next one for good", func(t *testing.T) {
		w := newReported(Timing{})
		p, c := w.of(1, Notice{Kind: NoticeError})
		w.r.Wait = nil
		delete(w.r.Waits, p.ID)
		w.again(c, Notice{Kind: NoticeDelivered})
		_, a := ledgerOf(Flying, Active)
		a.Recipient, a.Generation = p.ID, 2
		w.r.Open = map[AttemptID]*Attempt{a.ID: a}
		w.b.settle(w.r, []Settlement{{Attempt: a.ID, Outcome: OutcomeRefused, Why: Because("not_on_whatsapp")}})
		require.Equal(t, Delivered, p.State)
		require.Zero(t, w.r.Jobs[1].Tally.Failed)
	})
}

// By another number: at once, and not by the one that failed them until it may
// send again.
func TestByAnotherNumber(t *testing.T) {
	w := newReported(Timing{})
	w.r.Jobs[1].Campaign.AfterRestriction = RestrictionOtherNumber
	p, _ := w.of(1, Notice{Kind: NoticeError})
	wait := w.r.Waits[p.ID]
	require.Equal(t, w.r.Now, wait.Due)

	due := Candidate{Recipient: Recipient{ID: p.ID, Why: wait.Why}, Waiting: true}
	other := Candidate{Recipient: Recipient{ID: RecipientID{1, 5}}, Waiting: true}
	j := &Job{Due: []Candidate{due, other}}
	aside := j.setAside(3, w.r.Now)
	require.Equal(t, []Candidate{due}, aside)
	require.Equal(t, []Candidate{other}, j.Due)
	require.Equal(t, w.r.Now.Add(30*time.Minute), j.NextDue)
	j.putBack(aside)
	require.Equal(t, []Candidate{due, other}, j.Due)
	require.Empty(t, j.setAside(4, w.r.Now), "another number")
	require.Empty(t, j.setAside(3, w.r.Now.Add(30*time.Minute)), "it may send again")
}

// A lost send was ordered again, the next generation was tried, and then the
// first turns out to have gone out. If WhatsApp refuses it later still, the
// person fails: the generation that they would come back into has begun.
func TestNobodyComesBackIntoAGenerationThatHasBegun(t *testing.T) {
	for name, c := range map[string]struct {
		tries int
		state State
		gen   int
		back  bool
	}{
		"it had been tried":             {tries: 1, gen: 2},
		"it had been given up":          {state: Failed, gen: 2},
		"it had not begun":              {gen: 1, back: true},
		"there was none":                {state: Failed, gen: 1, back: true},
		"it was dropped after it began": {state: Dropped, gen: 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newReported(Timing{})
			p, x := w.of(1, Notice{Kind: NoticeServer})
			lost := x
			lost.Outcome, lost.ProviderID = OutcomeResend, ""
			p.State, p.Generation, p.SentAt, p.ProviderID = c.state, c.gen, time.Time{}, ""
			w.r.Ended[x.Attempt] = lost
			w.r.Waits = map[RecipientID]Waiting{}
			if c.state == "" {
				w.r.Waits[p.ID] = Waiting{Recipient: p.ID, Generation: 2, Tries: c.tries}
			} else {
				lost.Outcome = OutcomeMarkedUnsent
				w.r.Ended[x.Attempt] = lost
			}
			w.r.People = map[RecipientID]*Recipient{p.ID: p}
			w.r.Wait = nil
			w.b.settle(w.r, []Settlement{{Attempt: x.Attempt, Outcome: OutcomeAccepted, Evidence: ByWebhook, Accepted: Accepted{ProviderID: "late"}}})
			require.Equal(t, Sent, p.State)
			now := w.r.Ended[x.Attempt]
			w.again(now, Notice{Kind: NoticeError, Blame: BlameNumber})
			if c.back {
				require.Equal(t, []EventType{EventReturned}, w.told())
				return
			}
			require.Equal(t, []EventType{EventFailed}, w.told())
			require.Equal(t, Failed, p.State)
			require.Empty(t, w.r.Wait)
		})
	}
}
